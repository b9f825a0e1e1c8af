using System.Security.Cryptography;
using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>The output folder: a folder for each type of file, the manifest, and <c>.harvest</c> with the journal and files on their way.</summary>
sealed class HarvestFolder
{
    /// <summary>The name of the folder for what is not for the user.</summary>
    public const string StateName = ".harvest";

    readonly string parts;
    readonly HashSet<string> made = [];

    HarvestFolder(string root)
    {
        Root = root;
        parts = Path.Combine(root, StateName, "parts");
    }

    /// <summary>The full path.</summary>
    public string Root { get; }

    /// <summary>The journal.</summary>
    public string JournalFile => Path.Combine(Root, StateName, "journal.jsonl");

    /// <summary>Makes the folder where it does not exist; nothing is made for types of which no file comes.</summary>
    /// <exception cref="InputException">It cannot be made.</exception>
    public static HarvestFolder Create(string path)
    {
        try
        {
            var folder = new HarvestFolder(Path.GetFullPath(path));
            Directory.CreateDirectory(folder.parts);
            return folder;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InputException($"the folder cannot be made ({fault.Message.TrimEnd('.')})", path.Length > 0 ? path : "--output", "name a folder that you may write", fault);
        }
    }

    /// <summary>Where an address's file lies while it is on its way.</summary>
    public string Part(string identity) => Path.Combine(parts, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)).AsSpan(0, 16)) + ".part");

    /// <summary>Moves a file that is whole to its place, in one step.</summary>
    public void Place(string part, string target)
    {
        try
        {
            // A link in place of a type's folder would lead out of the output folder.
            string folder = Path.GetDirectoryName(target)!;
            if (made.Add(folder) && Directory.CreateDirectory(folder).LinkTarget is not null)
            {
                throw new InputException("it is a link, and files are kept in the output folder alone", folder, "replace it by a folder");
            }

            File.Move(part, target, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the file cannot be written ({fault.Message.TrimEnd('.')})", target, "free some space or choose another folder", fault);
        }
    }

    /// <summary>Removes what is left on its way but for the parts of some addresses.</summary>
    public void RemoveParts(IEnumerable<string> except)
    {
        HashSet<string> kept = [.. except.Select(Part)];
        foreach (string path in Directory.EnumerateFiles(parts).Where(path => !kept.Contains(path)))
        {
            File.Delete(path);
        }
    }
}
