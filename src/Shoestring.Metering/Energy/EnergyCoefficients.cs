namespace Shoestring.Metering;

/// <summary>A coefficient of the energy model: its value, the interval it is believed to lie in, and where it comes from.</summary>
/// <param name="Value">The central value.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end of the interval.</param>
/// <param name="Source">Who published it, or how it was derived from what was published.</param>
public sealed record EnergyCoefficient(double Value, double Low, double High, string Source);

/// <summary>
/// The coefficients of <see cref="EnergyModel"/>. Powers are per hardware thread of a server, at the wall; energies are per
/// multiply-add and per byte.
/// </summary>
public sealed record EnergyCoefficients
{
    const string SpecPower =
        "Cloud Carbon Footprint's coefficients from SPECpower_ssj2008 results (EPYC 2nd and 3rd generation, Skylake, Cascade Lake: "
        + "0.45 to 0.64 W idle and 1.6 to 4.1 W at full load per hardware thread of a whole server)";

    const string Arithmetic = "Jouppi et al., Ten Lessons From Three Generations Shaped Google's TPUv4i, ISCA 2021, table 2 (7 nm)";

    /// <summary>Documented defaults.</summary>
    public static EnergyCoefficients Default { get; } = new();

    /// <summary>Watts of one thread's share of an idle server: leakage, fans, memory refresh, power supply.</summary>
    public EnergyCoefficient StaticWatts { get; init; } = new(0.55, 0.40, 2.0, SpecPower + "; the upper end allows for desktop machines");

    /// <summary>Watts that a thread adds by being awake, however little it computes: clocks, front end, waiting for memory.</summary>
    public EnergyCoefficient ActiveWatts { get; init; } = new(0.8, 0.4, 2.5,
        SpecPower + "; about half of the difference between full load and idle, the other half being in the instructions");

    /// <summary>Picojoules to fetch, schedule and retire one vector instruction of 256 bits.</summary>
    public EnergyCoefficient InstructionPicojoules { get; init; } = new(250, 80, 700,
        SpecPower + "; the other half of that difference over 2.5 to 3.5 GHz and one instruction a cycle. Horowitz, ISSCC 2014, "
        + "figure 1.1.9 gives 70 pJ for a scalar in-order core at 45 nm");

    /// <summary>Picojoules of the multiplier and adder for one multiply-add of 32-bit floats.</summary>
    public EnergyCoefficient Float32Picojoules { get; init; } = new(1.69, 1.69, 4.6, Arithmetic + ": 1.31 + 0.38; upper end Horowitz 2014 (45 nm): 3.7 + 0.9");

    /// <summary>The same for 16-bit floats.</summary>
    public EnergyCoefficient Float16Picojoules { get; init; } = new(0.50, 0.50, 1.5, Arithmetic + ": 0.34 + 0.16; upper end Horowitz 2014: 1.1 + 0.4");

    /// <summary>The same for 16-bit integers with 32-bit sums.</summary>
    public EnergyCoefficient Int16Picojoules { get; init; } = new(0.35, 0.30, 1.0,
        Arithmetic + ": geometric mean of the 8-bit and 32-bit multiplications (0.07, 1.48) + 0.03");

    /// <summary>The same for 8-bit integers with 32-bit sums.</summary>
    public EnergyCoefficient Int8Picojoules { get; init; } = new(0.10, 0.10, 0.30, Arithmetic + ": 0.07 + 0.03; upper end Horowitz 2014: 0.2 + 0.1");

    /// <summary>Picojoules for a byte from memory: device, bus and controller.</summary>
    public EnergyCoefficient MemoryPicojoulesPerByte { get; init; } = new(162, 60, 325,
        Arithmetic + ": 1300 pJ for 64 bits of DDR; upper end Horowitz 2014: 2600 pJ; lower end LPDDR5-class devices");

    /// <summary>Picojoules for a byte from the last-level cache, where the whole working set fits there.</summary>
    public EnergyCoefficient CachePicojoulesPerByte { get; init; } = new(10, 1.75, 40,
        Arithmetic + ": 14 pJ for 64 bits of a 1 MB SRAM is the lower end; the way across the chip is estimated");

    /// <summary>Vector instructions of 256 bits for one multiply-add of 32-bit floats: one fused instruction does eight.</summary>
    public double Float32Instructions { get; init; } = 1 / 8.0;

    /// <summary>The same for 16-bit floats.</summary>
    public double Float16Instructions { get; init; } = 1 / 16.0;

    /// <summary>The same for 16-bit integers: vpmaddwd and vpaddd do sixteen.</summary>
    public double Int16Instructions { get; init; } = 2 / 16.0;

    /// <summary>The same for 8-bit integers: vpmaddubsw and vpaddw do thirty-two.</summary>
    public double Int8Instructions { get; init; } = 2 / 32.0;
}
