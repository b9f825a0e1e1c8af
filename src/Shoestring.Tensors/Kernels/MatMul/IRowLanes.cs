namespace Shoestring.Tensors;

/// <summary>
/// Registers whose 32-bit lanes are the 16 weight rows of a group, for the products with a single activation row, which decode
/// in registers what they multiply. A kernel written once over this serves two registers of AVX2 and one of AVX-512.
/// </summary>
internal unsafe interface IRowLanes<TSelf> where TSelf : struct, IRowLanes<TSelf>
{
    /// <summary>What <see cref="SignedDot"/> leaves too much: this times Σq.</summary>
    static abstract int SignedOffset { get; }

    static abstract TSelf Load(byte* source);

    static abstract TSelf Bytes(byte value);

    /// <summary>Four activation bytes in every lane.</summary>
    static abstract TSelf Spread(byte* source);

    static abstract TSelf And(TSelf a, TSelf b);

    static abstract TSelf Or(TSelf a, TSelf b);

    /// <summary>16-bit shifts; bytes are masked afterwards.</summary>
    static abstract TSelf ShiftRight(TSelf a, int count);

    static abstract TSelf ShiftLeft(TSelf a, int count);

    /// <summary>Unsigned × signed bytes, added in pairs to 16 bits.</summary>
    static abstract TSelf Pairs(TSelf unsigned, TSelf signed);

    static abstract TSelf Add16(TSelf a, TSelf b);

    static abstract TSelf Subtract16(TSelf a, TSelf b);

    /// <summary>Eight activation bytes, over and over.</summary>
    static abstract TSelf SpreadEight(byte* source);

    /// <summary>Byte i is the byte of <paramref name="eight"/> (see <see cref="SpreadEight"/>) that byte i of <paramref name="indices"/> names, 0 … 7.</summary>
    static abstract TSelf Select(TSelf eight, TSelf indices);

    /// <summary>Signed × signed bytes, added in pairs to 16 bits.</summary>
    static abstract TSelf SignedPairs(TSelf weights, TSelf activations);

    static abstract TSelf Add32(TSelf a, TSelf b);

    /// <summary>16-bit pairs added to 32 bits.</summary>
    static abstract TSelf Widen(TSelf pairs);

    /// <summary>
    /// A block of 32 channels of signed weights (8 units of 64 bytes) times as many activations, but for <see cref="SignedOffset"/>.
    /// </summary>
    static abstract TSelf SignedDot(byte* weights, byte* activations);

    static abstract TSelf ToFloat(TSelf integers);

    static abstract TSelf Float(float value);

    static abstract void StoreFloats(TSelf value, float* destination);

    /// <summary>Halves, one a row.</summary>
    static abstract TSelf LoadHalves(byte* source);

    /// <summary>Upper halves of floats, one a row.</summary>
    static abstract TSelf LoadBrainHalves(byte* source);

    /// <summary>Unsigned bytes, one a row, as floats.</summary>
    static abstract TSelf LoadBytes(byte* source);

    /// <summary>Signed bytes, one a row, as floats.</summary>
    static abstract TSelf LoadSignedBytes(byte* source);

    static abstract TSelf Multiply(TSelf a, TSelf b);

    static abstract TSelf MultiplyAdd(TSelf a, TSelf b, TSelf c);

    /// <summary>c − a · b, rounded once.</summary>
    static abstract TSelf MultiplySubtract(TSelf a, TSelf b, TSelf c);
}
