using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>Factors of a low-rank layer that do not fit each other or the model are refused by name.</summary>
public sealed class LowRankLoadingTests : IDisposable
{
    static readonly SmallShape Shape = SmallShape.Find("low-rank");

    readonly string folder = Directory.CreateTempSubdirectory("shoestring-low-rank-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Ranks_are_those_of_the_factors()
    {
        using GgufFile file = GgufFile.Open(Write(tensors => tensors));
        GgufConfiguration.Read(file).Blocks[1].Ranks.ShouldBe(new LayerRanks(256, 0, 256, 256, 256, 0, 256));
    }

    [Theory]
    [InlineData("blk.1.attn_q.low_rank_out.weight", 224, 256)]
    [InlineData("blk.1.attn_q.low_rank_out.weight", 256, 224)]
    [InlineData("blk.0.ffn_down.low_rank_in.weight", 480, 256)]
    [InlineData("blk.0.attn_v.low_rank_out.weight", 256, 1)]
    public void Shapes_that_do_not_agree_are_named(string name, int columns, int rows) =>
        Refusal(tensors => tensors.Select(t => t.Name == name ? t with { Shape = new TensorShape(columns, rows) } : t)).What.ShouldContain(name);

    [Theory]
    [InlineData("blk.1.attn_q.low_rank_out.weight", "blk.1.attn_q.low_rank_out.weight")]
    [InlineData("blk.1.attn_q.low_rank_in.weight", "blk.1.attn_q.weight")]
    public void One_factor_without_the_other_is_named(string removed, string missing) =>
        Refusal(tensors => tensors.Where(t => t.Name != removed)).What.ShouldContain($"{missing} is missing");

    // The rank is that of the first factor; the other one has another.
    [Fact]
    public void Factors_of_two_ranks_are_refused() =>
        Refusal(tensors => tensors.Select(t => t.Name == "blk.0.ffn_gate.low_rank_in.weight" ? t with { Shape = new TensorShape(256, 300) } : t))
            .What.ShouldContain("blk.0.ffn_gate.low_rank_out.weight");

    ModelFileException Refusal(Func<IEnumerable<TensorDeclaration>, IEnumerable<TensorDeclaration>> change)
    {
        string path = Write(change);
        using WorkerPool pool = new(1);
        return Should.Throw<ModelFileException>(() => LanguageModel.Load(path, pool).Dispose());
    }

    string Write(Func<IEnumerable<TensorDeclaration>, IEnumerable<TensorDeclaration>> change)
    {
        string path = Path.Combine(folder, "model.gguf");
        TensorDeclaration[] tensors = [.. change(SmallTensors.Of(Shape).Select(t => new TensorDeclaration(t.Name, t.Shape, TensorFormat.F32)))];
        GgufWriter.Write(path, SmallMetadata.Of(Shape), tensors, (t, stream) => stream.Write(new byte[t.Bytes]));
        return path;
    }
}
