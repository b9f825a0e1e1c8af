using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>
/// The folder of a site, replaced as a whole: files are written beside it under a temporary name, then the folders are exchanged. What is
/// there and was not written by this is never touched.
/// </summary>
sealed class SiteFolder : IDisposable
{
    const string Marker = ".shoestring-site";

    static readonly UTF8Encoding encoding = new(false);

    readonly string temporary;
    readonly HashSet<string> made = [];
    bool committed;

    /// <exception cref="InputException">The folder holds something else, or its parent cannot be written.</exception>
    public SiteFolder(string folder)
    {
        if (folder.Length == 0 || File.Exists(folder))
        {
            throw new InputException("a site is a folder, and this is none", folder.Length > 0 ? folder : "-o", "name a folder");
        }

        Path = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(folder));
        string parent = System.IO.Path.GetDirectoryName(Path) ?? throw new InputException("a site cannot take the place of a whole disk", folder, "name a folder");
        if (Directory.Exists(Path))
        {
            Path = Directory.ResolveLinkTarget(Path, returnFinalTarget: true)?.FullName ?? Path;
            parent = System.IO.Path.GetDirectoryName(Path)!;
            Check(folder);
        }

        temporary = System.IO.Path.Combine(parent, $".{System.IO.Path.GetFileName(Path)}.{Guid.NewGuid():N}.tmp");
        Attempt(() => Directory.CreateDirectory(temporary));
        Write(Marker, "shoestring.site/1\n");
    }

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>Files written so far.</summary>
    public int Files { get; private set; }

    /// <summary>Bytes written so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>Writes a file and returns its bytes.</summary>
    public long Write(string path, string text)
    {
        string whole = System.IO.Path.Combine([temporary, .. path.Split('/')]);
        byte[] bytes = encoding.GetBytes(text);
        Attempt(() =>
        {
            string folder = System.IO.Path.GetDirectoryName(whole)!;
            if (made.Add(folder))
            {
                Directory.CreateDirectory(folder);
            }

            using var file = new FileStream(whole, FileMode.CreateNew, FileAccess.Write);
            file.Write(bytes);
        });
        Files++;
        Bytes += bytes.Length;
        return bytes.Length;
    }

    /// <summary>Puts the new site in the place of the old one.</summary>
    public void Commit()
    {
        string old = temporary + ".old";
        bool replaces = Directory.Exists(Path);
        Attempt(() =>
        {
            if (replaces)
            {
                Directory.Move(Path, old);
            }

            try
            {
                Directory.Move(temporary, Path);
                committed = true;
            }
            catch when (replaces)
            {
                Directory.Move(old, Path);
                throw;
            }

            if (replaces)
            {
                Directory.Delete(old, recursive: true);
            }
        });
    }

    /// <summary>Removes what was written unless it was committed.</summary>
    public void Dispose()
    {
        if (!committed && Directory.Exists(temporary))
        {
            Directory.Delete(temporary, recursive: true);
        }
    }

    void Check(string folder)
    {
        if (!File.Exists(System.IO.Path.Combine(Path, Marker)) && Directory.EnumerateFileSystemEntries(Path).Any())
        {
            throw new InputException("the folder holds files that are no site of this program", folder, "name a new or an empty folder");
        }
    }

    void Attempt(Action work)
    {
        try
        {
            work();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the site cannot be written ({fault.Message.TrimEnd('.')})", Path, "free some space or choose another folder", fault);
        }
    }
}
