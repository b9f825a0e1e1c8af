using System.Buffers.Binary;
using System.Text;

namespace Shoestring.Survey;

/// <summary>Reads the directory at the end of a ZIP archive, as much as it takes to see what the archive is; nothing is unpacked.</summary>
static class ZipDirectory
{
    const int EndLength = 22, HeaderLength = 46, MaxComment = 65_535;
    const int MaxEntries = 65_535;
    const uint EndMark = 0x06054B50, HeaderMark = 0x02014B50;

    /// <summary>Why the file is not the archive that its type is, or null.</summary>
    public static string? Fault(string path, FileType type)
    {
        string? folder = type.Mark switch
        {
            FileMark.Presentation => "ppt/",
            FileMark.Document => "word/",
            FileMark.Zip => "",
            _ => null,
        };
        if (folder is null)
        {
            return null;
        }

        using FileStream file = File.OpenRead(path);
        return Directory(file) is not { } directory ? $"the archive is cut off, so it is no {type.Name}"
            : folder.Length == 0 || Names(file, directory).Any(name => name.StartsWith(folder, StringComparison.Ordinal)) ? null
            : $"the archive has no folder {folder}, so it is no {type.Name}";
    }

    static (long Offset, long Length, int Count)? Directory(FileStream file)
    {
        int length = (int)Math.Min(file.Length, EndLength + MaxComment);
        var tail = new byte[length];
        file.Position = file.Length - length;
        file.ReadExactly(tail);
        for (int at = length - EndLength; at >= 0; at--)
        {
            ReadOnlySpan<byte> end = tail.AsSpan(at);
            if (BinaryPrimitives.ReadUInt32LittleEndian(end) == EndMark && BinaryPrimitives.ReadUInt16LittleEndian(end[20..]) == end.Length - EndLength)
            {
                long size = BinaryPrimitives.ReadUInt32LittleEndian(end[12..]);
                long offset = BinaryPrimitives.ReadUInt32LittleEndian(end[16..]);
                long before = file.Length - length + at;
                return offset + size <= before ? (offset, size, BinaryPrimitives.ReadUInt16LittleEndian(end[10..])) : null;
            }
        }

        return null;
    }

    static IEnumerable<string> Names(FileStream file, (long Offset, long Length, int Count) directory)
    {
        file.Position = directory.Offset;
        var header = new byte[HeaderLength];
        for (int i = 0; i < Math.Min(directory.Count, MaxEntries); i++)
        {
            if (file.ReadAtLeast(header, HeaderLength, throwOnEndOfStream: false) < HeaderLength || BinaryPrimitives.ReadUInt32LittleEndian(header) != HeaderMark)
            {
                yield break;
            }

            var name = new byte[BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(28))];
            if (file.ReadAtLeast(name, name.Length, throwOnEndOfStream: false) < name.Length)
            {
                yield break;
            }

            file.Position += BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(30)) + BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(32));
            yield return Encoding.UTF8.GetString(name);
        }
    }
}
