using System.Buffers.Binary;
using TorchSharp;

namespace Shoestring.Torch;

/// <summary>
/// Starts TorchSharp. Its native library asks for GLIBCXX_3.4.32 because of a single symbol, an initializer that libraries which do not
/// have it run by themselves. Where the C++ library is older, as in Debian 12, that name is replaced by a harmless one and the demand
/// marked weak, in the copy beside this program.
/// </summary>
public static class TorchRuntime
{
    const uint Symbols = 11, Versions = 0x6FFF_FFFF, Needs = 0x6FFF_FFFE;
    const int SectionHeader = 64, SymbolBytes = 24;

    /// <summary>Loads it with as many threads.</summary>
    public static void Start(int threads)
    {
        foreach (string library in Directory.GetFiles(AppContext.BaseDirectory, "libLibTorchSharp.so", SearchOption.AllDirectories))
        {
            byte[] file = File.ReadAllBytes(library);
            if (Mend(file))
            {
                // The file may be another name of the package's own: that one stays as it is.
                string mended = library + ".mended";
                File.WriteAllBytes(mended, file);
                File.Move(mended, library, overwrite: true);
            }
        }
        torch.set_num_threads(threads);
    }

    static bool Mend(Span<byte> file)
    {
        (int offset, int size, int link) symbols = Section(file, Symbols);
        int strings = At(file, link: symbols.link).offset, name = file[strings..].IndexOf("_ZSt21ios_base_library_initv\0"u8);
        if (name < 0)
        {
            return false;
        }
        int versions = Section(file, Versions).offset;
        for (int i = 0; i < symbols.size / SymbolBytes; i++)
        {
            if (Word(file, symbols.offset + i * SymbolBytes) == name)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(file[(versions + 2 * i)..], 1);
            }
        }
        "getpid\0"u8.CopyTo(file[(strings + name)..]);
        Weaken(file, strings);
        return true;
    }

    /// <summary>Walks the list of libraries that are needed, and of the versions of each.</summary>
    static void Weaken(Span<byte> file, int strings)
    {
        const ushort weak = 2;
        for (int need = Section(file, Needs).offset, next = 1; next != 0; need += next)
        {
            int entry = need + Word(file, need + 8);
            for (int i = BinaryPrimitives.ReadUInt16LittleEndian(file[(need + 2)..]); i > 0; i--)
            {
                if (file[(strings + Word(file, entry + 8))..].StartsWith("GLIBCXX_3.4.32\0"u8))
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(file[(entry + 4)..], weak);
                }
                entry += Word(file, entry + 12);
            }
            next = Word(file, need + 12);
        }
    }

    static (int offset, int size, int link) Section(Span<byte> file, uint type)
    {
        for (int i = 0; i < BinaryPrimitives.ReadUInt16LittleEndian(file[0x3C..]); i++)
        {
            int header = (int)BinaryPrimitives.ReadInt64LittleEndian(file[0x28..]) + i * SectionHeader;
            if (BinaryPrimitives.ReadUInt32LittleEndian(file[(header + 4)..]) == type)
            {
                return At(file, i);
            }
        }
        throw new InvalidDataException($"libLibTorchSharp.so has no section of type {type:X}");
    }

    static (int offset, int size, int link) At(Span<byte> file, int link)
    {
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(file[0x28..]) + link * SectionHeader;
        return ((int)BinaryPrimitives.ReadInt64LittleEndian(file[(header + 24)..]), (int)BinaryPrimitives.ReadInt64LittleEndian(file[(header + 32)..]), Word(file, header + 40));
    }

    static int Word(Span<byte> file, int at) => BinaryPrimitives.ReadInt32LittleEndian(file[at..]);
}
