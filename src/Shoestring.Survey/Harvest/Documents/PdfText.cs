using UglyToad.PdfPig;
using UglyToad.PdfPig.Content;
using UglyToad.PdfPig.DocumentLayoutAnalysis.TextExtractor;

namespace Shoestring.Survey;

/// <summary>Reads a PDF page by page.</summary>
static class PdfText
{
    // Deep enough for every document met with; a hostile one nests until the stack ends.
    const int MaxNesting = 100;

    public static DocumentText Read(string path, DocumentLimits limits, CancellationToken cancellation)
    {
        using PdfDocument document = PdfDocument.Open(path, new ParsingOptions { UseLenientParsing = true, SkipMissingFonts = true, MaxStackDepth = MaxNesting });
        var pages = new DocumentPages(limits, cancellation);
        for (int number = 1; number <= document.NumberOfPages && !pages.IsFull; number++)
        {
            Page page = document.GetPage(number);
            pages.Add(ContentOrderTextExtractor.GetText(page));
        }

        return pages.With(document.Information.Title, document.Information.Author);
    }
}
