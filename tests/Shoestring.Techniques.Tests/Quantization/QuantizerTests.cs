using Shoestring.Tensors;

namespace Shoestring.Techniques.Tests;

public sealed class QuantizerTests : IDisposable
{
    static readonly MixOracle.Model shape = new("llama", 2, 8, 2, 256, 512, 3000, true);

    readonly WorkerPool pool = new(2);
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-quantizer").FullName;

    string Output => Path.Combine(folder, "out.gguf");

    public void Dispose()
    {
        pool.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(QuantizationTarget.Q4_K_M, 1)]
    [InlineData(QuantizationTarget.Q8_0, 2)]
    [InlineData(QuantizationTarget.BF16, 2)]
    public void Tensors_are_encoded_and_the_others_copied(QuantizationTarget target, int count)
    {
        using var model = Model();
        using var threads = new WorkerPool(count);
        var plan = Write(model, target, Output, threads);
        using var written = GgufFile.Open(Output);
        written.Tensors.Select(tensor => tensor.Name).ShouldBe(model.Tensors.Select(tensor => tensor.Name));
        foreach (var tensor in written.Tensors)
        {
            var original = model.Find(tensor.Name)!;
            var bytes = Bytes(model, original);
            tensor.Format.ShouldBe(plan.Formats[tensor.Name]);
            Bytes(written, tensor).ShouldBe(tensor.Format == original.Format ? bytes : Encode(Decode(original, bytes), tensor.Format));
        }
    }

    [Fact]
    public void The_metadata_says_what_the_file_is()
    {
        using var model = Model();
        Write(model, QuantizationTarget.Q4_K_M, Output, pool);
        using var written = GgufFile.Open(Output);
        written.Metadata["general.file_type"].ShouldBe(GgufValue.From(15u));
        written.Metadata["general.quantization_version"].ShouldBe(GgufValue.From(2u));
        written.Metadata["general.name"].ShouldBe(GgufValue.From("test"));
        written.Metadata.Keys.ShouldNotContain("split.count");
    }

    [Fact]
    public void Progress_grows_to_the_whole()
    {
        using var model = Model();
        var reports = new Recorder();
        var plan = Write(model, QuantizationTarget.Q4_0, Output, pool, reports);
        var bytes = plan.TensorBytes(model.Tensors);
        reports.Seen[^1].ShouldBe(new QuantizationProgress(model.Tensors.Count, model.Tensors.Count, bytes, bytes));
        reports.Seen.Select(report => report.BytesDone).ShouldBeInOrder();
        reports.Seen.Count.ShouldBeGreaterThan(2 * model.Tensors.Count - 1);
    }

    [Fact]
    public void Cancelling_leaves_nothing()
    {
        using var model = Model();
        using var stop = new CancellationTokenSource();
        var reports = new Recorder { OnReport = _ => stop.Cancel() };
        Should.Throw<OperationCanceledException>(() => Quantizer.Write(model, QuantizationTarget.Q4_0, Output, pool, reports, stop.Token));
        Directory.GetFiles(folder).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void A_value_that_is_not_finite_is_refused_by_its_place(float value)
    {
        using var model = Model(values => values[700_001] = value);
        var fault = Should.Throw<ModelFileException>(() => Write(model, QuantizationTarget.Q4_K_M, Output, pool));
        fault.What.ShouldStartWith("element 700001 of tensor token_embd.weight");
        Directory.GetFiles(folder).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(QuantizationTarget.Q8_0)]
    [InlineData(QuantizationTarget.Q4_K_S)]
    public void A_value_too_large_for_the_format_is_refused(QuantizationTarget target)
    {
        using var model = Model(values => values[3] = 1e30f, TensorFormat.BF16);
        Should.Throw<InputException>(() => Write(model, target, Output, pool)).What.ShouldContain("too large for Q");
        Directory.GetFiles(folder).ShouldBeEmpty();
    }

    [Fact]
    public void Missing_metadata_is_named() =>
        Should.Throw<ModelFileException>(() => Quantizer.Shape(GgufMetadata.Empty.With("general.architecture", GgufValue.From("llama"))))
            .What.ShouldContain("llama.attention.head_count");

    [Fact]
    public void Heads_may_be_given_by_layer() =>
        Quantizer.Shape(Metadata().With("llama.attention.head_count_kv", GgufValue.FromArray<int>([4, 2]))).ShouldBe(new MixShape(2, 8, 4));

    static QuantizationPlan Write(
        GgufFile model, QuantizationTarget target, string path, WorkerPool threads, IProgress<QuantizationProgress>? progress = null) =>
        Quantizer.Write(model, target, path, threads, progress, TestContext.Current.CancellationToken);

    static GgufMetadata Metadata() => GgufMetadata.Empty
        .With("general.architecture", GgufValue.From("llama"))
        .With("general.name", GgufValue.From("test"))
        .With("general.file_type", GgufValue.From(1u))
        .With("split.count", GgufValue.From((ushort)1))
        .With("llama.block_count", GgufValue.From((uint)shape.Layers))
        .With("llama.attention.head_count", GgufValue.From((uint)shape.Heads))
        .With("llama.attention.head_count_kv", GgufValue.From((uint)shape.KeyValueHeads));

    GgufFile Model(Action<float[]>? changeEmbedding = null, TensorFormat format = TensorFormat.F16)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(folder, "source")).FullName, "in.gguf");
        var declarations = shape.Tensors().Select(tensor =>
            new TensorDeclaration(tensor.Name, tensor.Shape, tensor.Shape.Rank == 1 ? TensorFormat.F32 : format)).ToList();
        GgufWriter.Write(path, Metadata(), declarations, (tensor, stream) =>
        {
            var values = new float[tensor.Shape.Elements];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = (uint)((i + 1) * 2654435761) / 4294967296f - 0.5f;
            }

            if (tensor.Name == "token_embd.weight")
            {
                changeEmbedding?.Invoke(values);
            }

            stream.Write(Encode(values, tensor.Format));
        });
        return GgufFile.Open(path);
    }

    static byte[] Bytes(ModelFile model, TensorEntry tensor)
    {
        var bytes = new byte[tensor.Bytes];
        model.Read(tensor, 0, bytes);
        return bytes;
    }

    static float[] Decode(TensorEntry tensor, byte[] bytes)
    {
        var values = new float[tensor.Shape.Elements];
        tensor.Format.Decode(bytes, values);
        return values;
    }

    static byte[] Encode(float[] values, TensorFormat format)
    {
        var bytes = new byte[format.RowBytes(values.Length)];
        format.Encode(values, bytes);
        return bytes;
    }

    sealed class Recorder : IProgress<QuantizationProgress>
    {
        internal List<QuantizationProgress> Seen { get; } = [];

        internal Action<QuantizationProgress>? OnReport { get; init; }

        public void Report(QuantizationProgress value)
        {
            Seen.Add(value);
            OnReport?.Invoke(value);
        }
    }
}
