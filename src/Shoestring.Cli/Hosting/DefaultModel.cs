using System.Security.Cryptography;

namespace Shoestring.Cli;

/// <summary>The model that is built in, and text sampled from it.</summary>
static class DefaultModel
{
    const string ModelResource = "default.gguf";
    const string TextResource = "default.txt";

    /// <summary>What messages and receipts call it.</summary>
    public const string Name = "built-in model";

    /// <summary>What messages call its text.</summary>
    public const string TextName = "built-in text";

    /// <summary>Opens it in place.</summary>
    public static GgufFile Open() => GgufFile.Open(Resource(ModelResource), Name);

    /// <summary>The text's bytes.</summary>
    public static byte[] Text()
    {
        using Stream stream = Resource(TextResource);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Its path as a file of its own in the cache folder, for work that needs one; written when it is not there yet.</summary>
    /// <exception cref="InputException">The folder cannot be written.</exception>
    public static string Extract(UserFolders folders)
    {
        using Stream model = Resource(ModelResource);
        string hash = Convert.ToHexStringLower(SHA256.HashData(model))[..16];
        string path = Path.Combine(folders.Cache, "models", $"default-{hash}.gguf");
        if (new FileInfo(path) is not { Exists: true } file || file.Length != model.Length)
        {
            model.Position = 0;
            Write(model, path);
        }

        return path;
    }

    // Under another name first, so that neither a crash nor a second process shows half a file.
    static void Write(Stream model, string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            Replace(model, path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the built-in model cannot be written there ({fault.Message.TrimEnd('.')})", path, "set SHOESTRING_HOME to a folder that you may write", fault);
        }
    }

    static void Replace(Stream model, string path)
    {
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (FileStream file = File.Create(temporary))
            {
                model.CopyTo(file);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    static Stream Resource(string name) => typeof(DefaultModel).Assembly.GetManifestResourceStream(name)!;
}
