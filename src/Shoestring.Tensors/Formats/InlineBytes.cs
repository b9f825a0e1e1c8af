using System.Runtime.CompilerServices;

namespace Shoestring.Tensors;

// The fixed-size arrays inside blocks. They convert implicitly to spans.

/// <summary>4 bytes in place.</summary>
[InlineArray(4)]
public struct Bytes4
{
    byte first;
}

/// <summary>8 bytes in place.</summary>
[InlineArray(8)]
public struct Bytes8
{
    byte first;
}

/// <summary>12 bytes in place.</summary>
[InlineArray(12)]
public struct Bytes12
{
    byte first;
}

/// <summary>16 bytes in place.</summary>
[InlineArray(16)]
public struct Bytes16
{
    byte first;
}

/// <summary>32 bytes in place.</summary>
[InlineArray(32)]
public struct Bytes32
{
    byte first;
}

/// <summary>64 bytes in place.</summary>
[InlineArray(64)]
public struct Bytes64
{
    byte first;
}

/// <summary>128 bytes in place.</summary>
[InlineArray(128)]
public struct Bytes128
{
    byte first;
}

/// <summary>16 signed bytes in place.</summary>
[InlineArray(16)]
public struct SignedBytes16
{
    sbyte first;
}

/// <summary>32 signed bytes in place.</summary>
[InlineArray(32)]
public struct SignedBytes32
{
    sbyte first;
}
