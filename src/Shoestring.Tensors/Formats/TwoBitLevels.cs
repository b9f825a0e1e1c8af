namespace Shoestring.Tensors;

/// <summary>
/// The order that Q2_K and Q3_K share for 256 levels of 2 bits in 64 bytes: bits 2s of byte 32h + i hold level
/// 128h + 32s + i (h of 2, s of 4, i of 32), so that one shift and mask serve 32 levels side by side.
/// </summary>
static class TwoBitLevels
{
    /// <summary>First byte of a group of 16 levels.</summary>
    internal static int Byte(int group) => 32 * (group / 8) + 16 * (group % 2);

    /// <summary>Lowest bit of a group's levels within its bytes.</summary>
    internal static int Shift(int group) => 2 * (group / 2 % 4);

    /// <summary>Packs 256 levels below 4 into 64 bytes.</summary>
    internal static void Pack(ReadOnlySpan<byte> levels, Span<byte> packed)
    {
        for (var i = 0; i < packed.Length; i++)
        {
            var first = 128 * (i / 32) + i % 32;
            packed[i] = (byte)(levels[first] | levels[first + 32] << 2 | levels[first + 64] << 4 | levels[first + 96] << 6);
        }
    }
}
