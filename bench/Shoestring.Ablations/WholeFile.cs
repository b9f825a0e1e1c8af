namespace Shoestring.Ablations;

/// <summary>Files that are old or new, never half of each.</summary>
static class WholeFile
{
    /// <summary>Writes beside the file, then renames.</summary>
    public static void Replace(string path, string text)
    {
        string temporary = path + ".tmp";
        File.WriteAllText(temporary, text);
        File.Move(temporary, path, overwrite: true);
    }
}
