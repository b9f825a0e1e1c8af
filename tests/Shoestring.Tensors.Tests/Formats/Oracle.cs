using System.Runtime.InteropServices;

namespace Shoestring.Tensors.Tests;

/// <summary>The files that Formats/Oracle/make.py wrote by calling ggml.</summary>
static class Oracle
{
    internal static byte[] Bytes(string name)
    {
        using var stream = typeof(Oracle).Assembly.GetManifestResourceStream($"Formats.Oracle.{name}")
            ?? throw new FileNotFoundException("oracle file is not embedded", name);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    internal static float[] Floats(string name) => MemoryMarshal.Cast<byte, float>(Bytes(name)).ToArray();
}
