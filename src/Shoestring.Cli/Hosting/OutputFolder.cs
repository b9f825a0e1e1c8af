namespace Shoestring.Cli;

/// <summary>A folder that a command writes into.</summary>
static class OutputFolder
{
    /// <summary>Creates it where it does not exist.</summary>
    /// <exception cref="InputException">It cannot be created, or is a file.</exception>
    public static string Create(string path)
    {
        try
        {
            return Directory.CreateDirectory(path).FullName;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InputException($"the folder cannot be made ({fault.Message.TrimEnd('.')})", path.Length > 0 ? path : "--output", "name a folder that you may write", fault);
        }
    }
}
