using Shoestring.Techniques;
using Shoestring.Tensors;

namespace Shoestring.Experiments.Tests;

public sealed class QuantizationCandidatesTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-candidates-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // One block of a model whose rows hold this many columns.
    string Model(TensorFormat format, long columns)
    {
        TensorDeclaration[] tensors =
        [
            new("token_embd.weight", new TensorShape(columns, 64), format), new("blk.0.attn_v.weight", new TensorShape(columns, columns), format),
            new("blk.0.ffn_down.weight", new TensorShape(columns, 64), format), new("output.weight", new TensorShape(columns, 64), format),
        ];
        GgufMetadata metadata = GgufMetadata.Empty
            .With("general.architecture", GgufValue.From("llama")).With("llama.block_count", GgufValue.From(1u)).With("llama.attention.head_count", GgufValue.From(2u));
        string path = Path.Combine(folder, "model.gguf");
        using var writer = GgufWriter.Create(path, metadata, tensors);
        foreach (TensorDeclaration tensor in tensors)
        {
            writer.Append(tensor.Name, new byte[tensor.Bytes]);
        }

        writer.Commit();
        return path;
    }

    [Fact]
    public void Takes_every_format_that_makes_the_model_smaller()
    {
        using var model = GgufFile.Open(Model(TensorFormat.F16, 256));
        QuantizationCandidates candidates = QuantizationCandidates.For(model);
        candidates.Plans[0].Label.ShouldBe("quantize:format=Q8_0");
        candidates.Plans.ShouldContain(plan => plan.Label == "quantize:format=Q2_K");
        candidates.Plans.ShouldAllBe(plan => plan.Fallbacks.Count == 0);
        candidates.LeftOut.ShouldContain(one => one.Techniques[0] == "quantize:format=F16" && one.Reason.Contains("smaller"));
        (candidates.Plans.Count + candidates.LeftOut.Count).ShouldBe(QuantizationTargets.All.Count - 1, "all but F32, which is larger than any");
    }

    [Fact]
    public void A_model_that_is_small_already_has_fewer()
    {
        using var model = GgufFile.Open(Model(TensorFormat.Q4_0, 256));
        QuantizationCandidates.For(model).Plans.Select(plan => plan.Label).ShouldNotContain("quantize:format=Q8_0");
    }

    [Fact]
    public void Formats_that_fall_back_to_the_same_tensors_count_once()
    {
        using var model = GgufFile.Open(Model(TensorFormat.F16, 288));
        QuantizationCandidates candidates = QuantizationCandidates.For(model);
        candidates.LeftOut.ShouldContain(one => one.Techniques[0] == "quantize:format=Q6_K" && one.Reason.EndsWith("quantize:format=Q8_0", StringComparison.Ordinal));
        candidates.Plans.Single(plan => plan.Label == "quantize:format=Q4_K_M").Fallbacks.ShouldContain(new Fallback("token_embd.weight", "Q4_K", "Q5_0"));
    }

    [Fact]
    public void Predicted_bytes_are_those_of_the_written_file()
    {
        string path = Model(TensorFormat.F16, 256), written = Path.Combine(folder, "written.gguf");
        using var model = GgufFile.Open(path);
        using var pool = new WorkerPool(1);
        foreach (CandidatePlan plan in QuantizationCandidates.For(model).Plans)
        {
            QuantizationTarget target = QuantizationCandidates.Target(plan)!.Value;
            Quantizer.Write(model, target, written, pool, cancellation: TestContext.Current.CancellationToken);
            QuantizationCandidates.PredictStoredBytes(model, target).Value!.Value.ShouldBe(new FileInfo(written).Length, 256);
        }

        QuantizationCandidates.PredictStoredBytes(model, null).Value.ShouldBe(new FileInfo(path).Length);
    }

    [Fact]
    public void Plans_tell_their_target()
    {
        QuantizationCandidates.Target(CandidatePlan.Baseline).ShouldBeNull();
        QuantizationCandidates.Target(new CandidatePlan(["quantize:format=Q4_0"])).ShouldBe(QuantizationTarget.Q4_0);
        Should.Throw<InputException>(() => QuantizationCandidates.Target(new CandidatePlan(["wanda:sparsity=0.5"])));
        Should.Throw<InputException>(() => QuantizationCandidates.Target(new CandidatePlan(["quantize:format=Q9_9"])));
    }

    [Fact]
    public void Contents_have_one_hash_whatever_their_name()
    {
        string one = Path.Combine(folder, "one"), two = Path.Combine(folder, "two");
        File.WriteAllText(one, "abc");
        File.WriteAllText(two, "abc");
        CancellationToken none = TestContext.Current.CancellationToken;
        // FIPS 180-2, appendix B.1.
        ContentHash.Of(one, none).ShouldBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        ContentHash.Of(two, none).ShouldBe(ContentHash.Of("abc"u8));
        ContentHash.Of(folder, none).ShouldBe(ContentHash.Of("abcabc"u8));
        Should.Throw<InputException>(() => ContentHash.Of(Path.Combine(folder, "none"), none)).Where.ShouldEndWith("none");
    }
}
