using System.Globalization;

namespace Shoestring.Metering;

/// <summary>What the energy model is told of a piece of work.</summary>
/// <param name="Seconds">Wall-clock seconds.</param>
/// <param name="ProcessorSeconds">Processor seconds, summed over threads.</param>
/// <param name="Threads">Hardware threads that were set aside for the work.</param>
/// <param name="Operations">Operations by operand width; one multiply-add is two.</param>
/// <param name="BytesMoved">Bytes read and written: weights, keys and values, activations.</param>
/// <param name="FitsInCache">Whether the working set stays in the last-level cache, so that the bytes do not come from memory.</param>
public readonly record struct EnergyInputs(
    double Seconds, double ProcessorSeconds, int Threads, OperationCounts Operations, double BytesMoved, bool FitsInCache = false);

/// <summary>One term of a modelled energy.</summary>
/// <param name="Name">What uses the energy.</param>
/// <param name="Joules">The central value.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
/// <param name="Formula">The numbers that were multiplied.</param>
/// <param name="Source">Where the coefficient comes from.</param>
public sealed record EnergyTerm(string Name, double Joules, double Low, double High, string Formula, string Source);

/// <summary>A modelled energy: the sum of its terms.</summary>
/// <param name="Terms">The terms, in the order of the formula.</param>
public sealed record EnergyEstimate(IReadOnlyList<EnergyTerm> Terms)
{
    /// <summary>The sum of the terms.</summary>
    public double Joules => Terms.Sum(term => term.Joules);

    /// <summary>The sum of the lower ends.</summary>
    public double Low => Terms.Sum(term => term.Low);

    /// <summary>The sum of the upper ends.</summary>
    public double High => Terms.Sum(term => term.High);

    /// <summary>The estimate as a receipt's figure, with the formula and its inputs.</summary>
    public Figure ToFigure() => Figure.Modelled(Joules, Units.Joules,
        "E = P₀·t + e_op·operations + e_byte·bytes = " + string.Join(" + ", Terms.Select(term => $"{term.Name} {term.Formula}")), Low, High);

    /// <summary>The formula, every term with its interval, and the sources: what <c>--explain</c> prints.</summary>
    public string Explain() => string.Join(Environment.NewLine,
    [
        "E = P₀·t + e_op·operations(format) + e_byte·bytes moved",
        .. Terms.Select(term => $"  {term.Name}: {term.Formula} = {Joule(term.Joules)} [{Joule(term.Low)} to {Joule(term.High)}]"),
        $"  sum: {Joule(Joules)} [{Joule(Low)} to {Joule(High)}]",
        .. Terms.Select(term => $"  {term.Name}, source: {term.Source}"),
    ]);

    static string Joule(double value) => FigureText.Format(value, Units.Joules);
}

/// <summary>
/// Energy where there is no counter: E = P₀·t + e_op·operations(format) + e_byte·bytes moved. The static term goes with the
/// wall clock, the awake term with processor time, and the others with what was computed and moved, so that two runs of the
/// same length differ when their formats do.
/// </summary>
public static class EnergyModel
{
    /// <summary>The energy of <paramref name="inputs"/> by the given or the documented coefficients.</summary>
    /// <exception cref="ArgumentOutOfRangeException">An input is negative or not finite.</exception>
    public static EnergyEstimate Estimate(EnergyInputs inputs, EnergyCoefficients? coefficients = null)
    {
        Check(inputs);
        EnergyCoefficients with = coefficients ?? EnergyCoefficients.Default;
        EnergyCoefficient perByte = inputs.FitsInCache ? with.CachePicojoulesPerByte : with.MemoryPicojoulesPerByte;
        return new EnergyEstimate(
        [
            Term("static", with.StaticWatts, inputs.Threads * inputs.Seconds, 1, $"{inputs.Threads} threads × {Text(inputs.Seconds)} s ×", "W"),
            Term("awake", with.ActiveWatts, inputs.ProcessorSeconds, 1, $"{Text(inputs.ProcessorSeconds)} processor-s ×", "W"),
            .. Operations(inputs.Operations, with),
            Term(inputs.FitsInCache ? "bytes from cache" : "bytes from memory", perByte, inputs.BytesMoved, 1e-12, $"{Text(inputs.BytesMoved)} B ×", "pJ/B"),
        ]);
    }

    static IEnumerable<EnergyTerm> Operations(OperationCounts counts, EnergyCoefficients with)
    {
        (string Name, double Flops, double Instructions, EnergyCoefficient Arithmetic)[] kinds =
        [
            ("fp32 operations", counts.Float32, with.Float32Instructions, with.Float32Picojoules),
            ("fp16 operations", counts.Float16, with.Float16Instructions, with.Float16Picojoules),
            ("int16 operations", counts.Int16, with.Int16Instructions, with.Int16Picojoules),
            ("int8 operations", counts.Int8, with.Int8Instructions, with.Int8Picojoules),
        ];
        return from kind in kinds
               where kind.Flops > 0
               let each = PerMultiplyAdd(with.InstructionPicojoules, kind.Instructions, kind.Arithmetic)
               select Term(kind.Name, each, kind.Flops / 2, 1e-12, $"{Text(kind.Flops)} FLOP / 2 ×", "pJ");
    }

    static EnergyCoefficient PerMultiplyAdd(EnergyCoefficient instruction, double instructions, EnergyCoefficient arithmetic) => new(
        (instruction.Value * instructions) + arithmetic.Value,
        (instruction.Low * instructions) + arithmetic.Low,
        (instruction.High * instructions) + arithmetic.High,
        $"{Text(instruction.Value)} pJ × {Text(instructions)} instructions + {Text(arithmetic.Value)} pJ; {instruction.Source}; {arithmetic.Source}");

    static EnergyTerm Term(string name, EnergyCoefficient coefficient, double amount, double scale, string inputs, string unit) => new(
        name, amount * coefficient.Value * scale, amount * coefficient.Low * scale, amount * coefficient.High * scale,
        $"{inputs} {Text(coefficient.Value)} {unit}", coefficient.Source);

    static void Check(EnergyInputs inputs)
    {
        OperationCounts counts = inputs.Operations;
        double[] values = [inputs.Seconds, inputs.ProcessorSeconds, inputs.Threads, inputs.BytesMoved, counts.Float32, counts.Float16, counts.Int16, counts.Int8];
        foreach (double value in values)
        {
            if (!double.IsFinite(value) || value < 0)
            {
                throw new ArgumentOutOfRangeException(nameof(inputs), inputs, "an input of the energy model is negative or not finite");
            }
        }
    }

    static string Text(double value) => value.ToString("G4", CultureInfo.InvariantCulture);
}
