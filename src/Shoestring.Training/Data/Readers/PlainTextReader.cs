using System.Text;
using System.Text.Unicode;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training;

/// <summary>Reads plain text. Line ends become line feeds, and those at a document's ends are left out where something divides documents.</summary>
sealed class PlainTextReader(string path, ReaderOptions options, BadRecords bad) : DocumentReader
{
    const int PartCharacters = 1 << 20;

    public override IEnumerable<SourceDocument> Read()
    {
        using LineReader lines = new(path, options.MaximumRecordBytes, "break it into lines");
        DocumentText text = new(path, options.Division == TextDivision.None);
        while (Next(lines, text, out string? line))
        {
            string[] parts = line is null ? [] : options.Division == TextDivision.Marker ? line.Split(options.Marker) : [line];
            for (int part = 0; part < parts.Length; part++)
            {
                bool isDivider = options.Division == TextDivision.BlankLine && string.IsNullOrWhiteSpace(parts[part]);
                if ((isDivider || part > 0) && text.Take() is { } document)
                {
                    yield return document;
                }
                if (!isDivider)
                {
                    text.Append(parts[part], lines.Line);
                }
            }
            if (options.Division == TextDivision.None && text.Length >= PartCharacters && text.Take() is { } whole)
            {
                yield return whole;
            }
        }
        if (text.Take() is { } last)
        {
            yield return last;
        }
    }

    /// <summary>Reads a line; there is none where it is bad, and then its document is bad.</summary>
    bool Next(LineReader lines, DocumentText text, out string? line)
    {
        line = null;
        int before = lines.Line;
        try
        {
            if (!lines.TryRead(out ReadOnlyMemory<byte> bytes))
            {
                return false;
            }
            line = Utf8.IsValid(bytes.Span) ? Encoding.UTF8.GetString(bytes.Span.TrimEnd((byte)'\r'))
                : throw new InputException("the line is not text in UTF-8", $"{path}:{lines.Line}", "convert the file");
        }
        catch (InputException fault) when (lines.Line > before)
        {
            bad.Report(fault);
            text.Spoil();
        }
        return true;
    }
}

/// <summary>The document that is being read.</summary>
/// <param name="path">Its file.</param>
/// <param name="isVerbatim">Whether line feeds at its ends are kept, and a bad line spoils itself alone.</param>
sealed class DocumentText(string path, bool isVerbatim)
{
    readonly StringBuilder text = new();
    int firstLine;
    bool isSpoiled;

    public int Length => text.Length;

    /// <summary>Adds a line.</summary>
    public void Append(string line, int number)
    {
        firstLine = text.Length == 0 ? number : firstLine;
        text.Append(line).Append('\n');
    }

    /// <summary>Notes that a part of it cannot be read.</summary>
    public void Spoil() => isSpoiled = !isVerbatim;

    /// <summary>Ends the document; null where it is blank or spoiled.</summary>
    public SourceDocument? Take()
    {
        string whole = isVerbatim ? text.ToString() : text.ToString().Trim('\n');
        bool isUsable = !isSpoiled && !string.IsNullOrWhiteSpace(whole);
        isSpoiled = false;
        text.Clear();
        return isUsable ? SourceDocument.Plain($"{path}:{firstLine}", whole) : null;
    }
}
