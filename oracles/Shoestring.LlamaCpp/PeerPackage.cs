using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;

namespace Shoestring.LlamaCpp;

/// <summary>
/// llama.cpp v0.5.0 as npm serves it prebuilt (<c>@node-llama-cpp/linux-x64</c> 3.22.1), fetched on first use into
/// <c>$XDG_CACHE_HOME/shoestring-peers/3.22.1</c> and kept there.
/// </summary>
public static class PeerPackage
{
    /// <summary>The package's version; the layouts in <see cref="ModelParameters"/> and its neighbours belong to it.</summary>
    public const string Version = "3.22.1";

    /// <summary>llama.cpp's own release that the package was built from.</summary>
    public const string Release = "v0.5.0";

    const string Name = "@node-llama-cpp/linux-x64";

    /// <summary>The folder that holds the shared libraries.</summary>
    /// <exception cref="LlamaException">npm is missing, or the package could not be fetched.</exception>
    public static string Folder()
    {
        var home = Path.Combine(CacheFolder(), "shoestring-peers", Version);
        var libraries = Path.Combine(home, "package", "bins", "linux-x64");
        if (!Directory.Exists(libraries))
            Fetch(home);
        return libraries;
    }

    static string CacheFolder() => Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } folder
        ? folder
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");

    // Unpacked beside its place and then renamed, so that two processes that start together cannot see half a package.
    static void Fetch(string home)
    {
        var work = Path.Combine(home, $"fetch-{Environment.ProcessId}");
        Directory.CreateDirectory(work);
        try
        {
            var archive = Path.Combine(work, Pack(work));
            using (var zipped = new GZipStream(File.OpenRead(archive), CompressionMode.Decompress))
                TarFile.ExtractToDirectory(zipped, work, overwriteFiles: false);
            var target = Path.Combine(home, "package");
            if (!Directory.Exists(target))
                Directory.Move(Path.Combine(work, "package"), target);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    static string Pack(string folder)
    {
        var start = new ProcessStartInfo("npm", ["pack", "--silent", $"{Name}@{Version}"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start) ?? throw new LlamaException("npm did not start");
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new LlamaException($"npm pack {Name}@{Version} ended with code {process.ExitCode}");
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[^1];
    }
}
