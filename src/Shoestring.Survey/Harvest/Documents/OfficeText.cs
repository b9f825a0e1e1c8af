using System.Text;
using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;

namespace Shoestring.Survey;

/// <summary>Reads presentations slide by slide with their notes, and text documents page break by page break.</summary>
static class OfficeText
{
    const string DrawingText = "http://schemas.openxmlformats.org/drawingml/2006/main";
    const string WordText = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

    public static DocumentText Presentation(string path, DocumentLimits limits, CancellationToken cancellation)
    {
        using PresentationDocument document = PresentationDocument.Open(path, isEditable: false, Settings(limits));
        PresentationPart main = document.PresentationPart ?? throw new DocumentFault("it has no presentation in it");
        var pages = new DocumentPages(limits, cancellation);
        foreach (string id in SlideIds(main).TakeWhile(_ => !pages.IsFull))
        {
            if (main.TryGetPartById(id, out OpenXmlPart? part) && part is SlidePart slide)
            {
                pages.Add(Text(slide, limits) + (slide.NotesSlidePart is { } notes ? "\n" + Text(notes, limits) : ""));
            }
        }

        return pages.With(document.PackageProperties.Title, document.PackageProperties.Creator);
    }

    public static DocumentText Document(string path, DocumentLimits limits, CancellationToken cancellation)
    {
        using WordprocessingDocument document = WordprocessingDocument.Open(path, isEditable: false, Settings(limits));
        MainDocumentPart main = document.MainDocumentPart ?? throw new DocumentFault("it has no document in it");
        var pages = new DocumentPages(limits, cancellation);
        var text = new StringBuilder();
        using OpenXmlReader reader = OpenXmlReader.Create(main);
        while (reader.Read() && !pages.IsFull)
        {
            // Where the page last ended when it was laid out, or was made to end.
            bool broken = reader.IsStartElement && (reader.LocalName == "lastRenderedPageBreak"
                || (reader.LocalName == "br" && reader.Attributes.Any(attribute => attribute is { LocalName: "type", Value: "page" })));
            if (broken && text.Length > 0)
            {
                pages.Add(text.ToString());
                text.Clear();
            }

            Append(text, reader, WordText, limits);
        }

        pages.Add(text.ToString());
        return pages.With(document.PackageProperties.Title, document.PackageProperties.Creator);
    }

    static OpenSettings Settings(DocumentLimits limits) => new() { MaxCharactersInPart = limits.PartCharacters };

    // Slides in the order in which they are shown, which is not that of their files.
    static IEnumerable<string> SlideIds(PresentationPart main)
    {
        using OpenXmlReader reader = OpenXmlReader.Create(main);
        while (reader.Read())
        {
            if (reader.IsStartElement && reader.LocalName == "sldId"
                && reader.Attributes.FirstOrDefault(attribute => attribute.LocalName == "id" && attribute.NamespaceUri.Length > 0).Value is { Length: > 0 } id)
            {
                yield return id;
            }
        }
    }

    static string Text(OpenXmlPart part, DocumentLimits limits)
    {
        var text = new StringBuilder();
        using OpenXmlReader reader = OpenXmlReader.Create(part);
        while (reader.Read() && text.Length < limits.Characters)
        {
            Append(text, reader, DrawingText, limits);
        }

        return text.ToString().Trim();
    }

    static void Append(StringBuilder text, OpenXmlReader reader, string space, DocumentLimits limits)
    {
        if (reader.NamespaceUri != space || text.Length >= limits.Characters)
        {
            return;
        }

        if (reader.IsStartElement && reader.LocalName == "t")
        {
            text.Append(reader.GetText());
        }
        else if (reader.IsEndElement && reader.LocalName == "p" && text.Length > 0)
        {
            text.Append('\n');
        }
        else if (reader.IsStartElement && reader.LocalName is "br" or "tab" && text.Length > 0)
        {
            text.Append(' ');
        }
    }
}
