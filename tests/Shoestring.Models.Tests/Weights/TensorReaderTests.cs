using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>A file whose weights and metadata disagree is refused by the tensor's name, and nothing stays allocated.</summary>
public sealed class TensorReaderTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-weights-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("blk.1.ffn_up.weight")]
    [InlineData("blk.0.attn_norm.weight")]
    [InlineData("output_norm.weight")]
    public void A_missing_tensor_is_named(string name) =>
        Refused(tensors => tensors.RemoveAll(t => t.Name == name)).ShouldContain(name);

    [Fact]
    public void A_tensor_of_another_shape_is_named_with_both_shapes()
    {
        string message = Refused(tensors =>
        {
            int at = tensors.FindIndex(t => t.Name == "blk.1.attn_k.weight");
            tensors[at] = tensors[at] with { Shape = new(256, 32) };
        });
        message.ShouldContain("blk.1.attn_k.weight");
        message.ShouldContain("[256, 64]");
    }

    [Fact]
    public void Hugging_Face_names_are_those_of_their_checkpoints()
    {
        TensorNames.ToHuggingFace("blk.12.attn_q.weight").ShouldBe("model.layers.12.self_attn.q_proj.weight");
        TensorNames.ToHuggingFace("blk.0.attn_k_norm.weight").ShouldBe("model.layers.0.self_attn.k_norm.weight");
        TensorNames.ToHuggingFace("output.weight").ShouldBe("lm_head.weight");
        TensorNames.ToHuggingFace("blk.0.attn_q").ShouldBeNull();
        TensorNames.ToHuggingFace("rope_freqs.weight").ShouldBeNull();
    }

    string Refused(Action<List<TensorDeclaration>> change)
    {
        List<TensorDeclaration> tensors = [.. SmallTensors.Of(SmallShape.Find("llama")).Select(t => new TensorDeclaration(t.Name, t.Shape, TensorFormat.F32))];
        change(tensors);
        string path = Path.Combine(folder, "bad.gguf");
        GgufWriter.Write(path, SmallMetadata.Of(SmallShape.Find("llama")), tensors, (t, stream) => stream.Write(new byte[t.Bytes]));
        using WorkerPool pool = new(1);
        return Should.Throw<ModelFileException>(() => LanguageModel.Load(path, pool)).Message;
    }
}
