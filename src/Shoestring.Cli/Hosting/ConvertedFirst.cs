using Shoestring.Techniques;

namespace Shoestring.Cli;

/// <summary>A model as a GGUF file: itself where it is one, else a conversion that is deleted with this.</summary>
sealed class ConvertedFirst : IDisposable
{
    readonly string? temporary;

    ConvertedFirst(GgufFile file, string? temporary) => (File, this.temporary) = (file, temporary);

    /// <summary>The model.</summary>
    public GgufFile File { get; }

    /// <summary>Opens a model, converting it into <paramref name="folder"/> first where it is of another kind.</summary>
    /// <exception cref="InputException">The model cannot be converted, or the folder not be written.</exception>
    public static ConvertedFirst Open(Session session, string path, string folder)
    {
        ModelFile file = ModelFiles.Open(path);
        if (file is GgufFile gguf)
        {
            return new ConvertedFirst(gguf, null);
        }

        using (file)
        {
            string temporary = Path.Combine(folder, $"converted-{Guid.NewGuid():N}.gguf");
            Write(session, file, temporary);
            try
            {
                return new ConvertedFirst(GgufFile.Open(temporary), temporary);
            }
            catch
            {
                System.IO.File.Delete(temporary);
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        File.Dispose();
        if (temporary is not null)
        {
            System.IO.File.Delete(temporary);
        }
    }

    static void Write(Session session, ModelFile file, string path)
    {
        GgufRewrite conversion = GgufRewrite.Plan(file, []);
        foreach (string line in conversion.Notes)
        {
            session.Note(line);
        }

        session.Note($"converting {file.Path} to GGUF first");
        using var pool = new WorkerPool(session.Threads);
        session.Track("converting", Units.Bytes, progress =>
        {
            conversion.Write(path, pool, null, new RewriteAmounts(progress), session.Cancellation);
            return true;
        });
    }
}
