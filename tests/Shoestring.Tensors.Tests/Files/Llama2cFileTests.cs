using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Shoestring.Tensors.Tests;

public class Llama2cFileTests
{
    [Theory]
    [InlineData(0, true)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(1, false)]
    public void The_header_and_all_tensors_are_found(int version, bool shared)
    {
        using var file = Llama2cFile.Open(SampleFiles.Llama2c(version, shared), "sample");

        file.Config.ShouldBe(new Llama2cConfig(version, 8, 12, 2, 4, 2, 5, 6, shared));
        file.Tensors.Count.ShouldBe(2 + (2 * 9) + (shared ? 0 : 1));
        file.Find("token_embd.weight")!.Shape.ShouldBe(new TensorShape(8, 5));
        file.Find("blk.1.attn_k.weight")!.Shape.ShouldBe(new TensorShape(8, 4));
        file.Find("blk.1.ffn_down.weight")!.Shape.ShouldBe(new TensorShape(12, 8));
        file.Find("blk.0.ffn_up.weight")!.Shape.ShouldBe(new TensorShape(8, 12));
        (file.Find("output.weight") is null).ShouldBe(shared);
    }

    /// <summary>The weights count up, so a tensor's first weight says where in the order of export.py it was read.</summary>
    [Theory]
    [InlineData(0, "token_embd.weight", 0)]
    [InlineData(0, "blk.1.attn_norm.weight", 48)]
    [InlineData(0, "blk.0.attn_q.weight", 56)]
    [InlineData(0, "blk.0.attn_k.weight", 184)]
    [InlineData(0, "blk.1.attn_v.weight", 280)]
    [InlineData(0, "blk.0.attn_output.weight", 312)]
    [InlineData(0, "blk.0.ffn_norm.weight", 440)]
    [InlineData(0, "blk.0.ffn_gate.weight", 456)]
    [InlineData(0, "blk.0.ffn_down.weight", 648)]
    [InlineData(0, "blk.0.ffn_up.weight", 840)]
    [InlineData(0, "output_norm.weight", 1032)]
    [InlineData(0, "output.weight", 1052)]
    [InlineData(1, "blk.0.attn_norm.weight", 0)]
    [InlineData(1, "blk.0.ffn_norm.weight", 16)]
    [InlineData(1, "output_norm.weight", 32)]
    [InlineData(1, "token_embd.weight", 40)]
    [InlineData(1, "blk.0.attn_q.weight", 80)]
    [InlineData(1, "output.weight", 1040)]
    public void Tensors_come_in_the_order_of_the_exporter(int version, string name, float first)
    {
        using var file = Llama2cFile.Open(SampleFiles.Llama2c(version, shared: false), "sample");

        var weights = MemoryMarshal.Cast<byte, float>(file.Map(file.Find(name)!));

        weights[0].ShouldBe(first);
        weights[^1].ShouldBe(first + weights.Length - 1);
    }

    [Fact]
    public void The_size_must_be_what_the_header_asks_for()
    {
        var bytes = SampleFiles.Llama2c(0);

        Fault(bytes.AsMemory(0, bytes.Length - 4)).ShouldContain("ends before");
        Fault((byte[])[.. bytes, 0, 0, 0, 0]).ShouldContain("its header asks for");
        Fault(bytes.AsMemory(0, 20)).ShouldContain("too few for a header");
        Fault(SampleFiles.Llama2c(1).AsMemory(0, 200)).ShouldContain("too few for a header");
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, int.MaxValue)]
    [InlineData(1, int.MaxValue)]
    [InlineData(2, int.MaxValue)]
    [InlineData(2, 4096)]
    [InlineData(3, 3)]
    [InlineData(4, 3)]
    [InlineData(5, int.MinValue)]
    [InlineData(6, -1)]
    public void Numbers_that_describe_no_model_are_refused(int index, int value)
    {
        var bytes = SampleFiles.Llama2c(0);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4 * index), value);

        Fault(bytes).ShouldStartWith("sample: ");
    }

    [Fact]
    public void Version_2_is_refused_by_name() => Fault(SampleFiles.Llama2c(2)).ShouldContain("version 2; export it again");

    [Fact]
    public void The_vocabulary_gives_scores_and_pieces()
    {
        using var folder = new TemporaryFolder();

        var vocabulary = Llama2cVocabulary.Read(folder.Add("tokenizer.bin", SampleFiles.Llama2cVocabulary()));

        vocabulary.Scores.ShouldBe([-2.5f, 0, -2, -1]);
        Enumerable.Range(0, 4).Select(vocabulary.Text).ShouldBe(["<unk>", "", " the", "é"]);
    }

    [Fact]
    public void A_truncated_vocabulary_is_refused()
    {
        var bytes = SampleFiles.Llama2cVocabulary();

        Should.Throw<ModelFileException>(() => Llama2cVocabulary.Read(bytes.AsMemory(0, bytes.Length - 1), "v")).Message.ShouldContain("1 are left");
        Should.Throw<ModelFileException>(() => Llama2cVocabulary.Read(bytes.AsMemory(0, bytes.Length - 3), "v")).Message.ShouldContain("cut short");
        Should.Throw<ModelFileException>(() => Llama2cVocabulary.Read(bytes.AsMemory(0, 4), "v")).Message.ShouldContain("no tokens");
    }

    static string Fault(ReadOnlyMemory<byte> bytes) => Should.Throw<ModelFileException>(() => Llama2cFile.Open(bytes, "sample")).Message;
}
