using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>A folder whose parts contradict each other is refused in one line before anything is written.</summary>
public sealed class ConversionFaultTests : IDisposable
{
    readonly SmallFolder folder = new(SmallShape.Find("llama"), TensorFormat.F16);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("model.layers.1.mlp.up_proj.weight", "blk.1.ffn_up.weight is missing")]
    [InlineData("model.norm.weight", "output_norm.weight is missing")]
    public void A_missing_tensor_is_named(string name, string message)
    {
        folder.Remove(name);
        Refused().ShouldContain(message);
    }

    [Fact]
    public void A_tensor_of_another_shape_is_named_with_both_shapes()
    {
        folder.Set("model.layers.0.self_attn.k_proj.weight", "F16", [32, 256], new byte[2 * 32 * 256]);
        Refused().ShouldContain("model.layers.0.self_attn.k_proj.weight has shape [256, 32], expected [256, 64]");
    }

    [Theory]
    [InlineData("model.layers.2.mlp.up_proj.weight")] // a block more than the configuration says
    [InlineData("model.layers.0.mlp.experts.0.up_proj.weight")]
    public void A_tensor_that_no_layer_reads_is_named(string name)
    {
        folder.Set(name, "F16", [512, 256], new byte[2 * 512 * 256]);
        Refused().ShouldContain($"tensor {name} has no place in a llama model of 2 blocks");
    }

    [Fact]
    public void A_tensor_of_a_type_that_is_not_read_is_named()
    {
        folder.Set("model.layers.0.self_attn.v_proj.weight", "F8_E4M3", [64, 256], new byte[64 * 256]);
        Refused().ShouldContain("F8_E4M3");
    }

    [Fact]
    public void What_follows_from_the_configuration_may_be_there()
    {
        folder.Set("model.layers.0.self_attn.rotary_emb.inv_freq", "F32", [16], new byte[64]);
        using ConvertedFile converted = new(folder.Save().Path);
        converted.Notes.ShouldBeEmpty();
    }

    [Fact]
    public void An_output_matrix_beside_a_tied_embedding_is_left_out_with_a_note()
    {
        folder.Config["tie_word_embeddings"] = true;
        using ConvertedFile converted = new(folder.Save().Path);
        converted.Notes.ShouldHaveSingleItem().ShouldContain("lm_head.weight is left out");
        using GgufFile file = GgufFile.Open(converted.Path);
        file.Find("output.weight").ShouldBeNull();
    }

    [Fact]
    public void Biases_of_queries_follow_their_rows()
    {
        float[] bias = [.. Enumerable.Range(0, 64).Select(row => (float)row)];
        folder.Set("model.layers.0.self_attn.k_proj.bias", "F32", [64], [.. bias.SelectMany(BitConverter.GetBytes)]);
        using ConvertedFile converted = new(folder.Save().Path);
        using GgufFile file = GgufFile.Open(converted.Path);
        float[] written = [.. ConvertedFile.Whole(file, "blk.0.attn_k.bias").Chunk(4).Select(bytes => BitConverter.ToSingle(bytes))];
        written[..4].ShouldBe([0, 16, 1, 17]);
        written[32..36].ShouldBe([32, 48, 33, 49]);
    }

    [Theory]
    [InlineData("hidden_act", "gelu", "gelu")]
    [InlineData("model_type", "mixtral", "mixtral")]
    [InlineData("num_hidden_layers", 1_000_000, "1000000 layers")]
    [InlineData("num_attention_heads", 0, "num_attention_heads is 0")]
    [InlineData("vocab_size", 319, "token_embd")]
    [InlineData("hidden_size", "wide", "hidden_size is \"wide\"")]
    public void A_configuration_that_is_not_handled_is_named(string key, object value, string named)
    {
        folder.Config[key] = value;
        string message = Refused();
        (message.Contains(named) || message.Contains("embed_tokens")).ShouldBeTrue(message);
    }

    [Theory]
    [InlineData("activation_function", "relu")]
    [InlineData("scale_attn_by_inverse_layer_idx", true)]
    public void GPT_2_s_variants_are_refused(string key, object value)
    {
        using SmallFolder gpt2 = new(SmallShape.Find("gpt2"), TensorFormat.F32);
        gpt2.Config[key] = value;
        Should.Throw<ModelFileException>(() => new ConvertedFile(gpt2.Save().Path)).Message.ShouldContain("config.json");
    }

    [Fact]
    public void GPT_2_s_names_may_stand_behind_the_model_s()
    {
        using SmallFolder gpt2 = new(SmallShape.Find("gpt2"), TensorFormat.F32);
        using ConvertedFile plain = new(gpt2.Path);
        using (SafetensorsFile file = SafetensorsFile.Open(gpt2.Path))
        {
            foreach (TensorEntry entry in file.Tensors)
            {
                byte[] bytes = ConvertedFile.Whole(file, entry.Name);
                gpt2.Remove(entry.Name);
                gpt2.Set("transformer." + entry.Name, "F32", entry.Shape.Rows > 1 ? [entry.Shape.Rows, entry.Shape.Columns] : [entry.Shape.Columns], bytes);
            }
        }
        gpt2.Set("transformer.h.0.attn.bias", "F32", [4, 4], new byte[64]);
        using ConvertedFile named = new(gpt2.Save().Path);
        File.ReadAllBytes(named.Path).AsSpan().SequenceEqual(File.ReadAllBytes(plain.Path)).ShouldBeTrue();
    }

    string Refused()
    {
        ModelFileException fault = Should.Throw<ModelFileException>(() => new ConvertedFile(folder.Save().Path).Dispose());
        fault.Message.ShouldNotContain("\n");
        return fault.Message;
    }
}
