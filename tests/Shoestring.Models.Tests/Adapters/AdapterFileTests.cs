using System.Text.Json.Nodes;
using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>Adapters come back from llama.cpp's and PEFT's files as they went in, and what is wrong with a file is told.</summary>
public sealed class AdapterFileTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("shoestring-adapter-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    string At(string name) => Path.Combine(folder, name);

    static ModelConfiguration Configuration(string name)
    {
        using SmallModel file = new(SmallShape.Find(name), TensorFormat.F32);
        using GgufFile gguf = GgufFile.Open(file.Path);
        return GgufConfiguration.Read(gguf);
    }

    [Theory]
    [InlineData("llama")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    public void Gguf_and_peft_give_back_every_bit(string name)
    {
        ModelConfiguration model = Configuration(name);
        Adapter adapter = SmallAdapter.LowRank(model, "one");
        GgufAdapter.Write(At("adapter.gguf"), adapter, model);
        PeftFolder.Write(At("peft"), adapter, model);
        AdapterFiles.Read(At("adapter.gguf"), model).ShouldBeSame(adapter);
        AdapterFiles.Read(At("peft"), model).ShouldBeSame(adapter);
        AdapterFiles.Read(At("peft/adapter_model.safetensors"), model).ShouldBeSame(adapter);
    }

    [Theory]
    [InlineData("llama", "rslora")]
    [InlineData("llama", "dora")]
    [InlineData("llama", "ia3")]
    [InlineData("qwen2", "dora")]
    [InlineData("qwen3", "ia3")]
    [InlineData("llama", "prompt")]
    [InlineData("llama", "prefix")]
    [InlineData("qwen2", "prefix")]
    public void Peft_gives_back_other_kinds(string name, string kind)
    {
        ModelConfiguration model = Configuration(name);
        Adapter adapter = AttachedAdapterTests.Make(kind, model, "one");
        PeftFolder.Write(At("peft"), adapter, model);
        AdapterFiles.Read(At("peft"), model).ShouldBeSame(adapter);
    }

    [Fact]
    public void A_file_of_serial_adapters_gives_back_every_bit()
    {
        ModelConfiguration model = Configuration("llama");
        Adapter adapter = SmallAdapter.Serial(model, "one");
        SerialAdapterFile.Write(At("adapter.safetensors"), adapter);
        AdapterFiles.Read(At("adapter.safetensors"), model).ShouldBeSame(adapter);
        Should.Throw<ModelFileException>(() => AdapterFiles.Read(At("adapter.safetensors"), model with { Width = 128 })).Message.ShouldContain("outputs");
        Should.Throw<InputException>(() => PeftFolder.Write(At("peft"), adapter, model));
        using SmallModel file = new(SmallShape.Find("llama"), TensorFormat.F32);
        using GgufFile gguf = GgufFile.Open(file.Path);
        Should.Throw<InputException>(() => new AdaptedFile(gguf, model, [(adapter, 1)])).Message.ShouldContain("--adapter");
    }

    // In llama.cpp's file the scale is alpha / rank, and rounding may move it by a bit.
    [Fact]
    public void A_rank_stabilized_scale_survives_gguf()
    {
        ModelConfiguration model = Configuration("llama");
        Adapter adapter = SmallAdapter.LowRank(model, "one", rankStabilized: true);
        GgufAdapter.Write(At("adapter.gguf"), adapter, model);
        ((LowRankPart)AdapterFiles.Read(At("adapter.gguf"), model).Parts[0]).Scale.ShouldBe(((LowRankPart)adapter.Parts[0]).Scale, 1e-6f);
    }

    // The fused matrix of GPT-2's files takes one adapter for three layers: read again it is three of the sum of their ranks.
    [Theory]
    [InlineData(true, "lora")]
    [InlineData(false, "lora")]
    [InlineData(false, "dora")]
    public void Fused_layers_keep_what_they_do(bool gguf, string kind)
    {
        using SmallModel file = new(SmallShape.Find("gpt2"), TensorFormat.F32);
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model);
        Adapter adapter = AttachedAdapterTests.Make(kind, model.Configuration, "one");
        if (gguf)
        {
            GgufAdapter.Write(At("adapter"), adapter, model.Configuration);
        }
        else
        {
            PeftFolder.Write(At("adapter"), adapter, model.Configuration);
        }
        float[][] Logits(Adapter one)
        {
            AttachedAdapter attached = model.Adapters.Attach(one);
            float[][] logits = runner.Logits(SmallNumbers.Tokens("fused", 20), 20, KvFormat.F32);
            model.Adapters.Detach(attached);
            return logits;
        }
        Adapter read = AdapterFiles.Read(At("adapter"), model.Configuration);
        float[][] expected = Logits(adapter), actual = Logits(read);
        actual.Zip(expected, (a, e) => a.Zip(e, (x, y) => Math.Abs(x - y)).Max()).Max().ShouldBeLessThan(1e-5f * expected.Max(row => row.Max(Math.Abs)));
    }

    [Fact]
    public void Ranks_that_differ_are_padded_for_gguf()
    {
        ModelConfiguration model = Configuration("llama");
        LowRankPart[] parts = [.. SmallAdapter.LowRank(model, "one").Parts.Take(2).Cast<LowRankPart>()];
        LowRankPart small = parts[1] with { Rank = 2, A = parts[1].A[..(parts[1].A.Length / 2)], B = parts[1].B[..(parts[1].B.Length / 2)], Alpha = parts[1].Alpha / 2 };
        GgufAdapter.Write(At("adapter.gguf"), new Adapter([parts[0], small]), model);
        LowRankPart read = (LowRankPart)AdapterFiles.Read(At("adapter.gguf"), model).Parts[1];
        (read.Rank, read.Scale).ShouldBe((SmallAdapter.Rank, small.Scale));
        read.A[..small.A.Length].ShouldBe(small.A);
        read.A[small.A.Length..].ShouldAllBe(value => value == 0);
    }

    // What llama.cpp looks for, by its own names.
    [Fact]
    public void The_gguf_has_llama_cpp_s_keys_and_shapes()
    {
        ModelConfiguration model = Configuration("llama");
        GgufAdapter.Write(At("adapter.gguf"), SmallAdapter.LowRank(model, "one"), model);
        using GgufFile file = GgufFile.Open(At("adapter.gguf"));
        file.Metadata.GetString("general.type").ShouldBe("adapter");
        file.Metadata.GetString("general.architecture").ShouldBe("llama");
        file.Metadata.GetString("adapter.type").ShouldBe("lora");
        file.Metadata["adapter.lora.alpha"].Type.ShouldBe(GgufType.Float32);
        file.Metadata.GetFloat("adapter.lora.alpha").ShouldBe(6);
        file.Find("blk.0.ffn_down.weight.lora_a")!.Shape.ShouldBe(new TensorShape(512, 4));
        file.Find("blk.0.ffn_down.weight.lora_b")!.Shape.ShouldBe(new TensorShape(4, 256));
    }

    // Row 2i of a head in GGUF is row i in Hugging Face's llama, row 2i + 1 is row i + n/2.
    [Fact]
    public void The_peft_folder_has_peft_s_names_and_order()
    {
        ModelConfiguration model = Configuration("llama");
        Adapter adapter = SmallAdapter.LowRank(model, "one");
        PeftFolder.Write(At("peft"), adapter, model);
        JsonNode config = JsonNode.Parse(File.ReadAllText(At("peft/adapter_config.json")))!;
        ((string)config["peft_type"]!).ShouldBe("LORA");
        ((int)config["r"]!).ShouldBe(4);
        ((double)config["lora_alpha"]!).ShouldBe(6);
        config["target_modules"]!.AsArray().Select(name => (string)name!).ShouldBe(["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]);
        using SafetensorsFile file = SafetensorsFile.Open(At("peft/adapter_model.safetensors"));
        float[] written = Floats(file, "base_model.model.model.layers.1.self_attn.k_proj.lora_B.weight");
        LowRankPart own = (LowRankPart)adapter.Parts.Single(part => part.Layer == "blk.1.attn_k");
        written[..4].ShouldBe(own.B[..4]);
        written[4..8].ShouldBe(own.B[8..12]);
        written[(16 * 4)..(17 * 4)].ShouldBe(own.B[4..8]);
        Floats(file, "base_model.model.model.layers.1.mlp.down_proj.lora_B.weight").ShouldBe(((LowRankPart)adapter.Parts.Single(part => part.Layer == "blk.1.ffn_down")).B);
    }

    static float[] Floats(ModelFile file, string name) => AdapterFiles.Floats(file, file.Find(name)!);

    [Theory]
    [InlineData("r", "5", "r 5")]
    [InlineData("peft_type", "\"VERA\"", "VERA")]
    [InlineData("bias", "\"all\"", "bias")]
    [InlineData("modules_to_save", "[\"lm_head\"]", "modules_to_save")]
    [InlineData("lora_bias", "true", "lora_bias")]
    [InlineData("use_dora", "true", "use_dora True")]
    [InlineData("lora_alpha", "1e999", "finite")]
    [InlineData("rank_pattern", "{\".*q_proj\":5}", "rank_pattern")]
    public void A_configuration_that_is_not_handled_is_told(string name, string value, string said)
    {
        ModelConfiguration model = Configuration("llama");
        PeftFolder.Write(At("peft"), SmallAdapter.LowRank(model, "one"), model);
        JsonNode config = JsonNode.Parse(File.ReadAllText(At("peft/adapter_config.json")))!;
        config.AsObject().Remove(name);
        string json = config.ToJsonString();
        File.WriteAllText(At("peft/adapter_config.json"), $"{json[..^1]},\"{name}\":{value}}}");
        Should.Throw<ModelFileException>(() => AdapterFiles.Read(At("peft"), model)).Message.ShouldContain(said);
    }

    [Fact]
    public void What_is_no_adapter_of_this_model_is_told()
    {
        ModelConfiguration model = Configuration("llama"), other = Configuration("qwen3");
        GgufAdapter.Write(At("adapter.gguf"), SmallAdapter.LowRank(model, "one"), model);
        PeftFolder.Write(At("peft"), SmallAdapter.LowRank(model, "one"), model);
        Should.Throw<ModelFileException>(() => AdapterFiles.Read(At("adapter.gguf"), other)).Message.ShouldContain("llama");
        Should.Throw<ModelFileException>(() => AdapterFiles.Read(At("adapter.gguf"), model with { Blocks = [model.Blocks[0]] })).Message.ShouldContain("blk.1");
        Should.Throw<ModelFileException>(() => AdapterFiles.Read(At("adapter.gguf"), model with { Width = 128 })).Message.ShouldContain("inputs");
        Should.Throw<ModelFileException>(() => AdapterFiles.Read(At("peft"), model with { Blocks = [model.Blocks[0]] })).Message.ShouldContain("layers.1");
        Should.Throw<ModelFileException>(() => AdapterFiles.Read(At("peft"), other)).Message.ShouldContain("outputs");
        Should.Throw<ModelFileException>(() => AdapterFiles.Read(At("missing.gguf"), model));
        Should.Throw<ModelFileException>(() => AdapterFiles.Read(folder, model)).Message.ShouldContain("adapter_config.json");
        using SmallModel whole = new(SmallShape.Find("llama"), TensorFormat.F32);
        Should.Throw<ModelFileException>(() => AdapterFiles.Read(whole.Path, model)).Message.ShouldContain("general.type");
        Should.Throw<InputException>(() => GgufAdapter.Write(At("ia3.gguf"), SmallAdapter.Channels(model, "one"), model)).Message.ShouldContain("PEFT");
    }

    [Theory]
    [InlineData("adapter.gguf", "adapter.gguf")]
    [InlineData("peft", "adapter_config.json")]
    [InlineData("peft", "adapter_model.safetensors")]
    public void Damage_is_the_user_s_fault_or_none(string adapter, string file)
    {
        ModelConfiguration model = Configuration("llama");
        Adapter one = new([.. SmallAdapter.LowRank(model, "one").Parts.Take(2)]);
        GgufAdapter.Write(At("adapter.gguf"), one, model);
        PeftFolder.Write(At("peft"), one, model);
        string path = adapter == file ? At(file) : Path.Combine(At(adapter), file);
        byte[] sound = File.ReadAllBytes(path);
        ulong state = 7;
        int refused = 0;
        for (int round = 0; round < 300; round++)
        {
            byte[] damaged = [.. sound];
            for (int change = 0; change < 3; change++)
            {
                state = (state * 6364136223846793005) + 1442695040888963407;
                damaged[(int)((state >> 33) % (ulong)Math.Min(sound.Length, 2000))] = (byte)(state >> 24);
            }
            File.WriteAllBytes(path, round % 16 == 0 ? damaged[..(int)((state >> 33) % (ulong)damaged.Length)] : damaged);
            try
            {
                AdapterFiles.Read(At(adapter), model);
            }
            catch (InputException fault)
            {
                fault.Message.ShouldNotContain("\n");
                refused++;
            }
        }
        refused.ShouldBeGreaterThan(30);
    }
}
