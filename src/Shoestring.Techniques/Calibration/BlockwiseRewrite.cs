using System.Globalization;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>Writes a model whose blocks are rewritten one by one: the blocks first, to a spool; then the file from it.</summary>
sealed class BlockwiseRewrite(GgufRewrite rewrite, CalibrationText? text)
{
    // Raised when the same input may give other bytes than before, so that half-done work of an older version is not gone on with.
    const int Revision = 3;

    public void Write(string path, WorkerPool pool, IProgress<RewriteProgress>? progress, CancellationToken cancellation)
    {
        IReadOnlyDictionary<string, TensorFormat> formats = rewrite.Formats.Formats;
        BlockSpool spool = BlockSpool.Open(path + ".work", Key());
        var driver = new BlockwiseDriver(rewrite.Source, rewrite.SourceConfiguration, formats, rewrite.Transforms, rewrite.NeedsCalibration ? text : null);
        driver.Run(spool, pool, progress, cancellation);
        WriteFile(path, spool, formats, pool, cancellation);
        spool.Delete();
    }

    // Everything that decides on the bytes.
    string Key()
    {
        // A model within the program has no file, and changes with its length.
        string path = rewrite.Source.Path;
        long written = File.Exists(path) ? File.GetLastWriteTimeUtc(path).Ticks : 0;
        return string.Join('\n',
            [
                string.Create(CultureInfo.InvariantCulture, $"revision {Revision}"), Path.GetFullPath(path),
                string.Create(CultureInfo.InvariantCulture, $"{rewrite.Source.FileBytes} bytes of {written}"),
                .. rewrite.Calls.Select(call => call.ToString()), text?.Hash() ?? "",
            ]);
    }

    void WriteFile(string path, BlockSpool spool, IReadOnlyDictionary<string, TensorFormat> formats, WorkerPool pool, CancellationToken cancellation)
    {
        using GgufWriter writer = GgufWriter.Create(path, rewrite.Metadata, Quantizer.Declare(rewrite.Tensors, rewrite.Formats));
        var recoder = new TensorRecoder(rewrite.Source, pool, cancellation);
        foreach (TensorEntry tensor in Others)
        {
            recoder.Write(tensor, formats[tensor.Name], bytes => writer.Append(tensor.Name, bytes));
        }

        for (int block = 0; block < spool.Finished; block++)
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (SpooledTensor tensor in spool.Read(block))
            {
                writer.Append(TensorNames.Block(block, tensor.Name), tensor.Bytes);
            }
        }

        writer.Commit();
    }

    // What stands outside of blocks.
    IEnumerable<TensorEntry> Others => rewrite.Tensors.Where(tensor => TensorRoles.Layer(tensor.Name) < 0);
}
