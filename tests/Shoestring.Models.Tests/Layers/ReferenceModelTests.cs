using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>The engine's logits agree with a forward in double precision over the same quantized activations.</summary>
public class ReferenceModelTests(ITestOutputHelper output)
{
    // What floats lose on the way; a value that is rounded to the other of two 8-bit integers moves logits a hundred times as far.
    const double Tolerance = 2e-5;
    static readonly int[] Tokens = SmallNumbers.Tokens("reference", 24);

    public static TheoryData<string, TensorFormat> Cases()
    {
        TheoryData<string, TensorFormat> cases = [];
        foreach (SmallShape shape in SmallShape.All)
        {
            foreach (TensorFormat format in BlockFormats.All)
            {
                cases.Add(shape.Name, format);
            }
        }
        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Logits_agree_with_the_forward_in_doubles(string shape, TensorFormat format)
    {
        using SmallModel file = new(SmallShape.Find(shape), format);
        float[][] actual = Run(file);
        ReferenceModel reference = new(file, exact: false);
        double[][] expected = [.. actual.Select((row, position) => Closest(reference, position, row))];
        double error = Distance(actual, expected), unquantized = Distance(actual, new ReferenceModel(file, exact: true).Logits(Tokens));
        output.WriteLine($"{shape} {format}: {error:E2} to the same activations, {unquantized:E2} to exact ones");
        error.ShouldBeLessThan(Tolerance);
        for (int row = 0; row < Tokens.Length; row++)
        {
            double largest = actual[row].Zip(expected[row], (a, e) => Math.Abs(a - e)).Max();
            double[] sorted = [.. expected[row].OrderDescending()];
            if (sorted[0] - sorted[1] > 2 * largest)
            {
                Array.IndexOf(actual[row], actual[row].Max()).ShouldBe(Array.IndexOf(expected[row], sorted[0]), $"row {row}");
            }
        }
    }

    /// <summary>The reference's row; where it is off, with one or two of the values on a border rounded the other way.</summary>
    static double[] Closest(ReferenceModel reference, int position, float[] actual)
    {
        HashSet<int> turned = [];
        (double[] best, int[] borderline) = reference.Row(Tokens[position], position, turned);
        while (Distance([actual], [best]) > Tolerance && turned.Count < 3)
        {
            (double Error, int Value)[] tried = [.. borderline.Where(b => !turned.Contains(b)).Select(b => (Distance([actual], [Row(b)]), b)).Order()];
            if (tried.Length == 0 || tried[0].Error >= Distance([actual], [best]))
            {
                break;
            }
            turned.Add(tried[0].Value);
            (best, borderline) = reference.Row(Tokens[position], position, turned);
        }
        // Once more, so that later rows see the keys and values of this choice.
        return reference.Row(Tokens[position], position, turned).Logits;

        double[] Row(int value) => reference.Row(Tokens[position], position, new HashSet<int>(turned) { value }).Logits;
    }

    static float[][] Run(SmallModel file)
    {
        using LanguageModel model = file.Load();
        using SmallRunner runner = new(model);
        return runner.Logits(Tokens, Tokens.Length, KvFormat.F32);
    }

    // ‖a − e‖ / ‖e‖ over all rows.
    static double Distance(float[][] actual, double[][] expected) =>
        Math.Sqrt(actual.Zip(expected, (a, e) => a.Zip(e, (x, y) => (x - y) * (x - y)).Sum()).Sum() / expected.Sum(e => e.Sum(v => v * v)));
}
