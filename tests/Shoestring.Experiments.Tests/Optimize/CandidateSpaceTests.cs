using Shoestring.Techniques;
using Shoestring.Tensors;

namespace Shoestring.Experiments.Tests;

public sealed class CandidateSpaceTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-candidates-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // One block of a model whose rows hold this many columns; all weights are zero but the output matrix's, unless it is the embedding.
    string Model(TensorFormat format, long columns, bool isStoredTwice = false)
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
            byte[] bytes = new byte[tensor.Bytes];
            bytes[1] = (byte)(tensor.Name == "output.weight" && !isStoredTwice ? 1 : 0);
            writer.Append(tensor.Name, bytes);
        }

        writer.Commit();
        return path;
    }

    [Fact]
    public void Takes_every_format_that_makes_the_model_smaller()
    {
        using var model = GgufFile.Open(Model(TensorFormat.F16, 256));
        CandidateSpace candidates = CandidateSpace.For(model);
        candidates.Plans[0].Label.ShouldBe("quantize:format=Q8_0");
        candidates.Plans.ShouldContain(plan => plan.Label == "quantize:format=Q8_0 + kv-quantize:type=q8_0");
        candidates.Plans.ShouldContain(plan => plan.Label == "quantize:format=Q2_K");
        candidates.Plans.ShouldAllBe(plan => plan.Fallbacks.Count == 0);
        candidates.LeftOut.ShouldContain(one => one.Techniques[0] == "quantize:format=F16" && one.Reason.Contains("smaller"));
        (candidates.Plans.Count(plan => plan.Techniques is [var one] && one.StartsWith("quantize:", StringComparison.Ordinal)) + candidates.LeftOut.Count).ShouldBe(
            QuantizationTargets.All.Count(target => target.UsualFormat().IsOfGgml()) - 1, "all but F32, which is larger than any, and those that prune too");
    }

    [Fact]
    public void A_model_that_is_small_already_has_fewer()
    {
        using var model = GgufFile.Open(Model(TensorFormat.Q4_0, 256));
        CandidateSpace.For(model).Plans.Select(plan => plan.Label).ShouldNotContain("quantize:format=Q8_0");
    }

    [Fact]
    public void Formats_that_fall_back_to_the_same_tensors_count_once()
    {
        using var model = GgufFile.Open(Model(TensorFormat.F16, 288));
        CandidateSpace candidates = CandidateSpace.For(model);
        candidates.LeftOut.ShouldContain(one => one.Techniques[0] == "quantize:format=Q6_K" && one.Reason.EndsWith("quantize:format=Q8_0", StringComparison.Ordinal));
        candidates.Plans.Single(plan => plan.Label == "quantize:format=Q4_K_M").Fallbacks.ShouldContain(new Fallback("token_embd.weight", "Q4_K", "Q5_0"));
    }

    [Fact]
    public void Predicted_bytes_are_those_of_the_written_file()
    {
        string path = Model(TensorFormat.F16, 256), written = Path.Combine(folder, "written.gguf");
        using var model = GgufFile.Open(path);
        using var pool = new WorkerPool(1);
        foreach (CandidatePlan plan in CandidateSpace.For(model).Plans.Where(plan => !plan.Techniques.Contains("entropy-code")))
        {
            GgufRewrite rewrite = GgufRewrite.Plan(model, [.. plan.Techniques.Select(TechniqueCall.Parse)]);
            rewrite.Write(written, pool, cancellation: TestContext.Current.CancellationToken);
            rewrite.FileBytes.ShouldBe(new FileInfo(written).Length);
        }
    }

    [Fact]
    public void A_calibration_text_brings_methods_that_look_at_one()
    {
        using var model = GgufFile.Open(Model(TensorFormat.F16, 256));
        string[] without = [.. CandidateSpace.For(model).Plans.Select(plan => plan.Label)], with = [.. CandidateSpace.For(model, hasCalibration: true).Plans.Select(plan => plan.Label)];
        with.ShouldBeUnique();
        without.Where(label => !label.EndsWith("kivi:bits=4", StringComparison.Ordinal)).ShouldBeSubsetOf(with);
        with.ShouldContain("gptq:format=Q4_0");
        with.ShouldContain("awq:format=Q4_K_M + gptq:format=Q4_K_M");
        without.ShouldAllBe(label => label.StartsWith("quantize:", StringComparison.Ordinal) || label == "entropy-code");
    }

    [Fact]
    public void A_matrix_is_never_stored_twice()
    {
        using var model = GgufFile.Open(Model(TensorFormat.F16, 256, isStoredTwice: true));
        CandidateSpace space = CandidateSpace.For(model, hasCalibration: true);
        space.Plans[0].Label.ShouldBe("tie-embeddings");
        space.Plans.ShouldAllBe(plan => plan.Techniques[0] == "tie-embeddings");
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
