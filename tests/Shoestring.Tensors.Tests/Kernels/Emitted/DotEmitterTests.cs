namespace Shoestring.Tensors.Tests;

/// <summary>What can be said of emitted routines on any machine; that they compute the right bits is said by <see cref="MatMulTests"/>.</summary>
public sealed class DotEmitterTests
{
    public static TheoryData<string> Shapes() => [.. All().Select(shape => shape.ToString())];

    static IEnumerable<DotShape> All()
    {
        DotShape[] kinds =
        [
            Q4_0InPlace.Shape, Q8_0InPlace.Shape, Q4_KInPlace.Shape, Q6_KInPlace.Shape,
            new(WeightSource.Tile, ScaleSource.Floats, 16, 32, 0, 0), new(WeightSource.Tile, ScaleSource.FloatsAndMinimums, 32, 0, 0, 0),
        ];
        return kinds.SelectMany(kind => Enumerable.Range(1, DotShape.MostRows).Select(rows => kind with { Rows = rows }));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_routine_saves_what_it_uses_and_returns_at_its_end(string name)
    {
        byte[] code = DotEmitter.Emit(All().Single(shape => shape.ToString() == name)).ToArray();
        Convert.ToHexString(code.AsSpan(0, 9)).ShouldBe("53" + "4154" + "4155" + "4156" + "4157", "push rbx, r12 to r15");
        Convert.ToHexString(code.AsSpan(code.Length - 13)).ShouldBe("415F" + "415E" + "415D" + "415C" + "5B" + "C5F877" + "C3", "pop them, vzeroupper, ret");
    }

    [Fact]
    public void Code_is_not_made_twice_for_one_shape()
    {
        if (!EmittedDots.IsSupported)
        {
            // Nothing is emitted on this machine: the other paths are what it has.
            Simd.Available.ShouldNotContain(SimdPath.Avx512Vnni);
            return;
        }
        DotShape shape = Q8_0InPlace.Shape with { Rows = 3 };
        unsafe
        {
            ((nint)EmittedDots.Routine(shape)).ShouldBe((nint)EmittedDots.Routine(shape));
            ((nint)EmittedDots.Routine(shape with { Rows = 4 })).ShouldNotBe((nint)EmittedDots.Routine(shape));
        }
    }
}
