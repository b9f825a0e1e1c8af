namespace Shoestring.Training;

/// <summary>How the numbers of an optimizer's state are kept.</summary>
public enum StateFormat
{
    /// <summary>32-bit floats.</summary>
    Float32,

    /// <summary>The upper half of a 32-bit float, rounded by chance so that small changes are not lost on average.</summary>
    BFloat16,

    /// <summary>Bytes: codes of 8-bit quantization.</summary>
    Byte,
}

/// <summary>Facts of state formats.</summary>
public static class StateFormats
{
    /// <summary>Bytes of a number.</summary>
    public static int Bytes(this StateFormat format) => format switch
    {
        StateFormat.Float32 => 4,
        StateFormat.BFloat16 => 2,
        _ => 1,
    };
}
