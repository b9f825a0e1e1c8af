using System.Security.Cryptography;
using System.Text;

namespace Shoestring.Survey;

/// <summary>
/// Gives each file its place. The first in the harvest's order keeps its name; another of the same name is told by the folder of its
/// address, then by the address itself. So a name depends on addresses and on their order on the pages, never on which came first
/// over the network.
/// </summary>
sealed class NamePlan(string root)
{
    readonly Dictionary<string, string> owners = [];

    /// <summary>Remembers whose place it is.</summary>
    public void Own(string path, string identity) => owners[FileNames.Folded(path)] = identity;

    /// <summary>Whether a place belongs to an address that was harvested, now or before.</summary>
    public bool IsOwned(string path) => owners.ContainsKey(FileNames.Folded(path));

    /// <summary>A free place for a file, relative to the output folder, with forward slashes.</summary>
    /// <param name="file">The file.</param>
    /// <param name="isSame">Whether what lies at a full path has the same bytes; then that is the place.</param>
    public string Assign(FetchedFile file, Func<string, bool> isSame)
    {
        foreach (string suffix in Suffixes(file.Address, file.Identity))
        {
            string path = $"{file.Type.Name}/{FileNames.Clean(file.Name, file.Type, suffix)}";
            string folded = FileNames.Folded(path);
            bool free = owners.TryGetValue(folded, out string? owner) ? owner == file.Identity : !Exists(path) || isSame(Full(path));
            if (free)
            {
                owners[folded] = file.Identity;
                return path;
            }
        }

        throw new InvalidOperationException($"no free name for {file.Address}");
    }

    /// <summary>The full path.</summary>
    public string Full(string path) => Path.Combine(root, path.Replace('/', Path.DirectorySeparatorChar));

    bool Exists(string path) => Path.Exists(Full(path));

    static IEnumerable<string> Suffixes(Uri address, string identity)
    {
        yield return "";
        string[] folders = address.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries)[..^(address.AbsolutePath.EndsWith('/') || address.AbsolutePath.Length < 2 ? 0 : 1)];
        if (folders.Length > 0 && FileNames.Part(Uri.UnescapeDataString(folders[^1]), 60) is { Length: > 0 } folder)
        {
            yield return "-" + folder;
        }

        // Eight digits tell billions of addresses apart; should two agree in them, more do.
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(identity)));
        for (int length = 8; length <= hash.Length; length += 8)
        {
            yield return "-" + hash[..length];
        }
    }
}
