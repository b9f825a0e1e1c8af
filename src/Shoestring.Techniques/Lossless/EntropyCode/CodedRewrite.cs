using Shoestring.Tensors;

namespace Shoestring.Techniques;

/// <summary>
/// Writes a model whose tensors are entropy-coded: first as it is without that, beside the file; then that one, tensor by tensor, in
/// memory of some megabytes. Each tensor is gone through three times: for its frequencies, for the sizes of its chunks, which a
/// file's header has to know, and for its bytes.
/// </summary>
/// <param name="rewrite">What is written.</param>
sealed class CodedRewrite(GgufRewrite rewrite)
{
    const int SampleRows = 32, SampleColumns = 8192;

    /// <inheritdoc cref="GgufRewrite.Write"/>
    public GgufRewrite Write(string path, WorkerPool pool, CalibrationText? text, IProgress<RewriteProgress>? progress, CancellationToken cancellation)
    {
        double units = rewrite.IsBlockwise ? rewrite.ResultConfiguration.Blocks.Count : rewrite.Formats.TensorBytes(rewrite.Tensors);
        if (!rewrite.IsBlockwise && rewrite.Quantization is null && rewrite.Decisions.Count == 0)
        {
            Code(rewrite.Source, rewrite.Metadata, rewrite.Tensors, path, pool, Reported(progress, units), cancellation);
            return rewrite;
        }

        string plain = path + ".plain";
        try
        {
            GgufRewrite written = (rewrite with { IsCoded = false }).Write(plain, pool, text, progress, cancellation);
            using GgufFile file = GgufFile.Open(plain);
            Code(file, file.Metadata, file.Tensors, path, pool, Reported(progress, units), cancellation);
            return written with { IsCoded = true };
        }
        finally
        {
            File.Delete(plain);
        }
    }

    static void Code(ModelFile file, GgufMetadata metadata, IReadOnlyList<TensorEntry> tensors, string path, WorkerPool pool, Action<double, string> report, CancellationToken cancellation)
    {
        var coders = new TensorCoder?[tensors.Count];
        for (int i = 0; i < coders.Length; i++)
        {
            coders[i] = TensorCoder.Plan(file, tensors[i], pool, cancellation);
            report((i + 1.0) / (2 * coders.Length), $"looking at tensor {i + 1} of {coders.Length}");
        }

        using GgufWriter writer = GgufWriter.Create(path, metadata, [.. tensors.Select((tensor, i) => coders[i]?.Declaration ?? new TensorDeclaration(tensor.Name, tensor.Shape, tensor.Format))]);
        var copier = new TensorRecoder(file, pool, cancellation);
        for (int i = 0; i < coders.Length; i++)
        {
            TensorEntry tensor = tensors[i];
            Append(coders[i], copier, tensor, bytes => writer.Append(tensor.Name, bytes));
            report(0.5 + ((i + 1.0) / (2 * coders.Length)), $"coding tensor {i + 1} of {coders.Length}");
        }

        cancellation.ThrowIfCancellationRequested();
        writer.Commit();
    }

    static void Append(TensorCoder? coder, TensorRecoder copier, TensorEntry tensor, Action<ReadOnlySpan<byte>> write)
    {
        if (coder is null)
        {
            copier.Copy(tensor, write);
        }
        else
        {
            coder.Write(write);
        }
    }

    static Action<double, string> Reported(IProgress<RewriteProgress>? progress, double units) =>
        (share, step) => progress?.Report(new RewriteProgress(share * units, units, step));

    /// <summary>
    /// Bytes of the file, from the entropy of some rows of each tensor brought into its format, those that will be pruned without
    /// their smallest weights: an estimate, since what calibrated techniques make of weights is known only once they have run.
    /// </summary>
    public static long EstimateBytes(GgufRewrite rewrite)
    {
        GgufRewrite plain = rewrite with { IsCoded = false };
        IReadOnlyDictionary<string, TensorFormat> formats = plain.Formats.Formats;
        double zeros = plain.Transforms.Select(transform => transform.ZeroShare).DefaultIfEmpty().Max();
        long saved = 0;
        foreach (TensorEntry tensor in plain.Tensors)
        {
            TensorFormat format = formats[tensor.Name];
            long bytes = format.TensorBytes(tensor.Shape);
            bool isPruned = TensorRoles.IsQuantized(tensor) && TensorRoles.Layer(tensor.Name) >= 0;
            saved += bytes - TensorCoder.Estimate(format, Sample(rewrite.Source, tensor.Name, format, isPruned ? zeros : 0), bytes);
        }

        return plain.FileBytes - saved;
    }

    static byte[] Sample(ModelFile source, string name, TensorFormat format, double zeros)
    {
        TensorEntry? tensor = source.Find(name);
        int columns = (int)Math.Min(tensor?.Shape.Columns ?? 0, SampleColumns), block = Math.Max(format.BlockElements(), tensor?.Format.BlockElements() ?? 1);
        columns -= columns % block;
        if (tensor is null || columns == 0)
        {
            return [];
        }

        long rows = tensor.Shape.Elements / tensor.Shape.Columns, taken = Math.Min(rows, SampleRows);
        byte[] given = new byte[tensor.Format.RowBytes(columns)], sample = new byte[taken * format.RowBytes(columns)];
        float[] values = new float[columns];
        for (long i = 0; i < taken; i++)
        {
            source.Read(tensor, i * rows / taken * tensor.Format.RowBytes(tensor.Shape.Columns), given);
            Span<byte> row = sample.AsSpan((int)(i * format.RowBytes(columns)), (int)format.RowBytes(columns));
            if (format == tensor.Format && zeros == 0)
            {
                given.CopyTo(row);
                continue;
            }

            tensor.Format.Decode(given, values);
            Prune(values, zeros);
            format.Encode(values, row);
        }

        return sample;
    }

    static void Prune(float[] values, double zeros)
    {
        bool[] marks = new bool[values.Length];
        SparsityPattern.Smallest([.. values.Select(MathF.Abs)], (int)(zeros * values.Length), marks);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = marks[i] ? 0 : values[i];
        }
    }
}
