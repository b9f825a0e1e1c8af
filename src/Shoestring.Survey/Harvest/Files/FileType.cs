using Shoestring.Tensors;

namespace Shoestring.Survey;

/// <summary>A type of file that is gathered: how addresses, servers and the bytes themselves tell it.</summary>
/// <param name="Name">Its extension without the dot, which its folder is named by too.</param>
/// <param name="MediaTypes">What servers call it.</param>
/// <param name="Mark">How its bytes are told.</param>
sealed record FileType(string Name, string[] MediaTypes, FileMark Mark)
{
    const string OpenXml = "application/vnd.openxmlformats-officedocument.";

    static readonly FileType[] known =
    [
        new("pdf", ["application/pdf", "application/x-pdf"], FileMark.Pdf),
        new("pptx", [OpenXml + "presentationml.presentation"], FileMark.Presentation),
        new("ppsx", [OpenXml + "presentationml.slideshow"], FileMark.Presentation),
        new("ppt", ["application/vnd.ms-powerpoint", "application/mspowerpoint"], FileMark.Compound),
        new("pps", [], FileMark.Compound),
        new("docx", [OpenXml + "wordprocessingml.document"], FileMark.Document),
        new("doc", ["application/msword"], FileMark.Compound),
        new("xlsx", [OpenXml + "spreadsheetml.sheet"], FileMark.Zip),
        new("key", ["application/vnd.apple.keynote", "application/x-iwork-keynote-sffkey"], FileMark.Zip),
        new("odp", ["application/vnd.oasis.opendocument.presentation"], FileMark.Zip),
        new("odt", ["application/vnd.oasis.opendocument.text"], FileMark.Zip),
        new("epub", ["application/epub+zip"], FileMark.Zip),
        new("zip", ["application/zip", "application/x-zip-compressed"], FileMark.Zip),
        new("ps", ["application/postscript"], FileMark.PostScript),
        new("djvu", ["image/vnd.djvu", "image/x-djvu"], FileMark.Djvu),
    ];

    /// <summary>The type of an extension; one that is not known is told by its extension alone.</summary>
    /// <exception cref="InputException">It is no extension.</exception>
    public static FileType Of(string extension)
    {
        string name = extension.Trim().TrimStart('.').ToLowerInvariant();
        if (name.Length is 0 or > 16 || !name.All(char.IsAsciiLetterOrDigit) || FileNames.IsReserved(name))
        {
            throw new InputException($"'{extension}' is no type of file", "--types", "give extensions separated by commas, as pdf,pptx,ppt");
        }

        return name is "htm" or "html" or "xhtml"
            ? throw new InputException("pages are read for their links, not gathered", "--types", "give types of documents, as pdf,pptx")
            : known.FirstOrDefault(type => type.Name == name) ?? new FileType(name, [], FileMark.Unknown);
    }
}

/// <summary>What a file's bytes say of its type.</summary>
enum FileMark
{
    Unknown,
    Pdf,
    PostScript,
    Compound,
    Zip,
    Presentation,
    Document,
    Djvu,
}

/// <summary>Looks at the first bytes of a body.</summary>
static class FileMarks
{
    /// <summary>As many are looked at: PDF's mark may stand anywhere in them.</summary>
    public const int HeadBytes = 1024;

    /// <summary>Why a body that begins so is not of the type, or null. What is inside an archive is looked at when it is whole.</summary>
    public static string? Fault(ReadOnlySpan<byte> head, FileType type)
    {
        bool fits = type.Mark switch
        {
            FileMark.Pdf => head.IndexOf("%PDF-"u8) >= 0,
            FileMark.PostScript => head.IndexOf("%!"u8) is >= 0 and < 16,
            FileMark.Compound => head.StartsWith((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]),
            FileMark.Zip or FileMark.Presentation or FileMark.Document => head.StartsWith("PK\x03\x04"u8),
            FileMark.Djvu => head.StartsWith("AT&TFORM"u8),
            _ => !IsPage(head),
        };
        return head.IsEmpty ? "the body is empty" : fits ? null : IsPage(head) ? $"a web page came in place of a {type.Name}" : $"the bytes are not those of a {type.Name}";
    }

    /// <summary>Whether a body begins as web pages do.</summary>
    public static bool IsPage(ReadOnlySpan<byte> head)
    {
        string text = System.Text.Encoding.Latin1.GetString(head).TrimStart('\u00EF', '\u00BB', '\u00BF', ' ', '\t', '\r', '\n').ToLowerInvariant();
        return text.StartsWith("<!doctype html", StringComparison.Ordinal) || text.StartsWith("<html", StringComparison.Ordinal)
            || text.StartsWith("<head", StringComparison.Ordinal) || text.StartsWith("<!--", StringComparison.Ordinal) || text.StartsWith("<body", StringComparison.Ordinal)
            || (text.StartsWith("<?xml", StringComparison.Ordinal) && text.Contains("<html", StringComparison.Ordinal));
    }
}
