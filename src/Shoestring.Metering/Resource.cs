namespace Shoestring.Metering;

/// <summary>The five resources that a receipt accounts for (arXiv 2401.00625, section 2).</summary>
public enum Resource
{
    /// <summary>Arithmetic, in floating-point operations, and the time it took.</summary>
    Computation,

    /// <summary>Bytes resident or stored.</summary>
    Memory,

    /// <summary>Joules and the carbon behind them.</summary>
    Energy,

    /// <summary>Dollars for hardware and electricity.</summary>
    Money,

    /// <summary>Bytes sent and received over a network.</summary>
    Communication,
}
