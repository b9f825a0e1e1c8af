using System.Globalization;
using System.Runtime.InteropServices;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>
/// What is done of a compression, on disk beside the file that it will be: a file for each finished block and the residual
/// streams behind the last of them. A killed run goes on from there and ends in the same bytes. A file counts once it has its
/// final name.
/// </summary>
sealed class BlockSpool
{
    const string KeyFile = "key.txt";

    readonly string folder;

    BlockSpool(string folder) => this.folder = folder;

    /// <summary>Blocks that are finished.</summary>
    public int Finished { get; private set; }

    /// <summary>Opens the folder; what another work left there is removed.</summary>
    /// <param name="folder">The folder, made if need be.</param>
    /// <param name="key">What the work depends on.</param>
    /// <exception cref="InputException">The folder cannot be written.</exception>
    public static BlockSpool Open(string folder, string key) => Guarded(folder, () =>
    {
        string file = Path.Combine(folder, KeyFile);
        if (Directory.Exists(folder) && (!File.Exists(file) || File.ReadAllText(file) != key))
        {
            Directory.Delete(folder, recursive: true);
        }

        Directory.CreateDirectory(folder);
        Replace(file, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(key)));
        var spool = new BlockSpool(folder);
        while (File.Exists(spool.BlockPath(spool.Finished)))
        {
            spool.Finished++;
        }

        // The streams behind a block are kept before the block is: without them the last block counts as undone.
        while (spool.Finished > 0 && !File.Exists(spool.StreamsPath(spool.Finished)))
        {
            spool.Finished--;
        }

        return spool;
    });

    /// <summary>Keeps a block and the streams behind it.</summary>
    public void Save(BlockWeights block, ReadOnlySpan<float> streams)
    {
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(streams);
        WriteStreams(StreamsPath(block.Index + 1), bytes);
        Guarded(folder, () =>
        {
            Replace(BlockPath(block.Index), stream => Write(block, stream));
            File.Delete(StreamsPath(block.Index));
            return true;
        });
        Finished = block.Index + 1;
    }

    /// <summary>Reads the streams behind the last finished block.</summary>
    public void LoadStreams(Span<float> streams)
    {
        using FileStream file = File.OpenRead(StreamsPath(Finished));
        file.ReadExactly(MemoryMarshal.AsBytes(streams));
    }

    /// <summary>The tensors of a finished block.</summary>
    public IEnumerable<SpooledTensor> Read(int block)
    {
        using var reader = new BinaryReader(File.OpenRead(BlockPath(block)));
        int count = reader.ReadInt32();
        for (int i = 0; i < count; i++)
        {
            yield return new SpooledTensor(reader.ReadString(), reader.ReadBytes(reader.ReadInt32()));
        }
    }

    /// <summary>The work is done: nothing of it is needed any more.</summary>
    public void Delete() => Directory.Delete(folder, recursive: true);

    void WriteStreams(string path, ReadOnlySpan<byte> bytes)
    {
        try
        {
            using (var file = new FileStream(path + ".tmp", FileMode.Create))
            {
                file.Write(bytes);
            }

            File.Move(path + ".tmp", path, overwrite: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(folder, fault);
        }
    }

    static void Write(BlockWeights block, Stream stream)
    {
        using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        writer.Write(block.Matrices.Count);
        foreach (BlockMatrix matrix in block.Matrices.Values)
        {
            writer.Write(matrix.Name);
            writer.Write(matrix.Encoded!.Length);
            writer.Write(matrix.Encoded);
        }
    }

    static void Replace(string path, Action<Stream> write)
    {
        using (var file = new FileStream(path + ".tmp", FileMode.Create))
        {
            write(file);
        }

        File.Move(path + ".tmp", path, overwrite: true);
    }

    string BlockPath(int block) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"block-{block:D4}"));

    string StreamsPath(int block) => Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"streams-{block:D4}"));

    static T Guarded<T>(string folder, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw Unwritable(folder, fault);
        }
    }

    static InputException Unwritable(string folder, Exception fault) => new(
        $"work in progress cannot be kept there ({fault.Message.ReplaceLineEndings(" ").TrimEnd('.')})", folder, "free some space, or write to another folder", fault);
}

/// <summary>A tensor of a finished block.</summary>
/// <param name="Name">Its name within the block.</param>
/// <param name="Bytes">Its bytes in the format that was planned for it.</param>
sealed record SpooledTensor(string Name, byte[] Bytes);
