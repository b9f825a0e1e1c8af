using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

/// <summary>What all optimizers keep to.</summary>
public class OptimizerTests
{
    static readonly OptimizedParameter wide = new("blk.0.attn_q.weight", 40, 72, true), tall = new("blk.0.attn_k.weight", 90, 33, true);

    static OptimizerOptions Options(string name) => name switch
    {
        "sgd" => new SgdOptions(),
        "momentum" => new SgdOptions { Momentum = 0.9 },
        "adamw" => new AdamWOptions(),
        "adamw-bf16" => new AdamWOptions { State = StateFormat.BFloat16 },
        "adamw-8bit" => new EightBitAdamOptions(),
        "lion" => new LionOptions(),
        "adafactor" => new AdafactorOptions(),
        _ => new GaLoreOptions { Rank = 8, Interval = 3 },
    };

    public static TheoryData<string> Names => ["sgd", "momentum", "adamw", "adamw-bf16", "adamw-8bit", "lion", "adafactor", "galore"];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_bits_do_not_depend_on_the_threads(string name)
    {
        using Bench one = new(1, Options(name), wide, tall, Bench.Vector), three = new(3, Options(name), wide, tall, Bench.Vector);
        for (int step = 0; step < 5; step++)
        {
            foreach (Bench bench in new[] { one, three })
            {
                bench.NextGradient(step);
                bench.Update(0.01);
            }
        }

        for (int p = 0; p < 3; p++)
        {
            three.Copy(p).ShouldBe(one.Copy(p));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Padding_stays_zero(string name)
    {
        using var bench = new Bench(2, Options(name), wide, tall);
        for (int step = 0; step < 4; step++)
        {
            bench.NextGradient(step);
            bench.Update(0.01);
        }

        for (int p = 0; p < 2; p++)
        {
            var real = Enumerable.Range(0, bench.Parameters[p].Rows).SelectMany(row => Enumerable.Range(0, bench.Parameters[p].Columns).Select(column => bench.Parameters[p].Place(row, column))).ToHashSet();
            float[] values = bench.Copy(p);
            Enumerable.Range(0, values.Length).Where(i => !real.Contains(i)).ShouldAllBe(i => values[i] == 0);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Bytes_are_what_the_formula_says(string name)
    {
        using var bench = new Bench(2, Options(name), wide, tall, Bench.Vector);
        long before = bench.Account.Current(MemoryKind.Optimizer);
        bench.NextGradient(0);
        bench.Update(0.01);
        (bench.Account.Current(MemoryKind.Optimizer) - before).ShouldBe(bench.Optimizer.FullStateBytes);
        bench.Optimizer.StateBytes.ShouldBe(bench.Optimizer.FullStateBytes);
        bench.Optimizer.FullStateBytes.ShouldBe(Formula(name));
    }

    // Written out: numbers with padding, 48 · 72 + 96 · 33 + 43.
    static long Formula(string name)
    {
        long numbers = (48 * 72) + (96 * 33) + 43;
        return name switch
        {
            "sgd" => 0,
            "momentum" or "lion" or "adamw-bf16" => 4 * numbers,
            "adamw" => 8 * numbers,
            "adamw-8bit" => (2 * numbers) + (8 * (2 + 2 + 1)),
            "adafactor" => 4 * (40 + 72 + 90 + 33 + 43),
            _ => 4 * 8 * ((2 * 72) + 40 + (2 * 90) + 33) + (8 * 43),
        };
    }

    [Fact]
    public void State_of_eight_bits_stays_near_that_of_thirty_two()
    {
        using Bench eight = new(2, new EightBitAdamOptions(), wide, tall), full = new(2, new AdamWOptions(), wide, tall);
        float[] before = full.Copy(0);
        for (int step = 0; step < 20; step++)
        {
            foreach (Bench bench in new[] { eight, full })
            {
                bench.NextGradient(step);
                bench.Update(0.01);
            }
        }

        double apart = Distance(eight.Copy(0), full.Copy(0)), moved = Distance(before, full.Copy(0));
        (apart / moved).ShouldBeLessThan(0.05, $"{apart} apart after {moved}");
    }

    [Fact]
    public void Only_what_is_kept_has_state_and_starts_anew()
    {
        using var bench = new Bench(1, new AdamWOptions(), wide, tall);
        bench.NextGradient(0);
        bench.Update(0.01);
        bench.Optimizer.KeepOnly(i => i == 1);
        bench.Optimizer.State(0).ShouldBeNull();
        bench.Optimizer.StateBytes.ShouldBe(8 * tall.Count);
        bench.Update(0.01);
        bench.Optimizer.State(0)!.Steps.ShouldBe(1);
        bench.Optimizer.State(1)!.Steps.ShouldBe(2);
    }

    [Fact]
    public void Weights_of_sixteen_bits_move_by_less_than_half_a_unit_on_average()
    {
        using var pool = new WorkerPool(2);
        var account = new MemoryAccount();
        var parameter = new OptimizedParameter("blk.0.x.weight", 64, 64, true);
        using NativeBuffer weights = new(parameter.Count * 2, MemoryKind.Weights, account), gradient = new(parameter.Count * 4, MemoryKind.Gradients, account);
        weights.Span<ushort>(0, (int)parameter.Count).Fill(0x3F80);
        gradient.Span<float>(0, (int)parameter.Count).Fill(1);
        using Optimizer optimizer = new SgdOptions().Create([parameter], 5, pool, account);
        for (int step = 0; step < 10; step++)
        {
            // A step of a sixteenth of the unit below 1, which rounding to nearest would lose each time.
            optimizer.Update(0, new ParameterUpdate(new FlatValues(weights, 0, parameter.Count, StateFormat.BFloat16), new FlatValues(gradient, 0, parameter.Count), 1.0 / 4096));
        }

        double mean = weights.Span<ushort>(0, (int)parameter.Count).ToArray().Average(bits => (double)BitConverter.UInt32BitsToSingle((uint)bits << 16));
        // 4,096 weights, each with a deviation of at most a unit times √10/4.
        mean.ShouldBe(1 - (10.0 / 4096), 2e-4);
    }

    internal static double Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
        }

        return Math.Sqrt(sum);
    }
}
