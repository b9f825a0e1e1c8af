using System.IO.Compression;
using System.Text;

namespace Shoestring.Survey.Tests;

public class DocumentTests
{
    static string At(string name) => Path.Combine(AppContext.BaseDirectory, "Harvest", "Course", name);

    static DocumentText Read(string path, DocumentLimits? limits = null) =>
        DocumentReader.Read(path, Path.GetExtension(path)[1..], limits ?? new DocumentLimits(), TestContext.Current.CancellationToken);

    [Fact]
    public void A_pdf_is_read_page_by_page()
    {
        DocumentText text = Read(At("paper.pdf"));
        text.Title.ShouldBe("On gradients");
        text.Author.ShouldBe("B. Writer");
        text.Pages.Select(page => page.Trim()).ShouldBe(["Gradient descent", "Momentum and decay"]);
    }

    [Fact]
    public void A_presentation_is_read_in_the_order_of_its_show_with_its_notes()
    {
        DocumentText text = Read(At("slides.pptx"));
        text.Title.ShouldBe("Lecture 1");
        text.Author.ShouldBe("A. Teacher");
        text.Pages.ShouldBe(["Welcome", "Backpropagation\nSecond line\nMention Rumelhart"]);
    }

    [Fact]
    public void A_text_document_is_read_page_break_by_page_break()
    {
        DocumentText text = Read(At("notes.docx"));
        text.Title.ShouldBeNull();
        text.Pages.Select(page => page.Trim()).ShouldBe(["First page", "Second page"]);
    }

    [Fact]
    public void Limits_cut_what_is_read()
    {
        Read(At("paper.pdf"), new DocumentLimits { Pages = 1 }).ShouldSatisfyAllConditions(text => text.Pages.Count.ShouldBe(1), text => text.IsTruncated.ShouldBeTrue());
        Read(At("slides.pptx"), new DocumentLimits { Characters = 10 }).Pages.Sum(page => page.Length).ShouldBeLessThanOrEqualTo(10);
        Should.Throw<DocumentFault>(() => Read(At("paper.pdf"), new DocumentLimits { Bytes = 100 })).Message.ShouldContain("more than the 100");
    }

    [Theory]
    [InlineData("")]
    [InlineData("%PDF-1.4\nnothing\n%%EOF\n")]
    [InlineData("%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 1 0 R >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF")]
    public void A_broken_pdf_is_a_fault_with_a_reason(string text)
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder.Path);
        File.WriteAllText(folder.At("a.pdf"), text, Encoding.Latin1);
        Should.Throw<DocumentFault>(() => Read(folder.At("a.pdf"))).Message.ShouldNotBeEmpty();
    }

    [Fact]
    public void A_bomb_in_a_presentation_is_a_fault()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder.Path);
        File.Copy(At("slides.pptx"), folder.At("a.pptx"));
        using (ZipArchive archive = ZipFile.Open(folder.At("a.pptx"), ZipArchiveMode.Update))
        {
            archive.GetEntry("ppt/slides/slide1.xml")!.Delete();
            using var writer = new StreamWriter(archive.CreateEntry("ppt/slides/slide1.xml").Open());
            writer.Write("<p:sld xmlns:p='http://schemas.openxmlformats.org/presentationml/2006/main' xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main'><a:t>");
            for (int i = 0; i < 2000; i++)
            {
                writer.Write(new string('a', 1000));
            }
        }

        Should.Throw<DocumentFault>(() => Read(folder.At("a.pptx"), new DocumentLimits { PartCharacters = 1_000_000 }));
    }

    [Fact]
    public void What_was_read_is_found_again()
    {
        using var folder = new TestFolder();
        Directory.CreateDirectory(folder.At("pdf"));
        Directory.CreateDirectory(folder.At("pptx"));
        File.Copy(At("paper.pdf"), folder.At("pdf/paper.pdf"));
        File.Copy(At("slides.pptx"), folder.At("pptx/slides.pptx"));
        File.WriteAllText(folder.At("pdf/broken.pdf"), "%PDF-");
        HarvestEntry[] entries =
        [
            Entry("pdf/paper.pdf", "1"), Entry("pptx/slides.pptx", "2"), Entry("pdf/broken.pdf", "3"),
            new("http://x/missing.pdf", HarvestStatus.Failed) { Type = "pdf" },
        ];
        using var index = new DocumentIndex(folder.Path);
        List<string> read = [];
        DocumentText Reader(string path, string type, CancellationToken stop)
        {
            read.Add(Path.GetFileName(path));
            return DocumentReader.Read(path, type, new DocumentLimits(), stop);
        }

        index.Update(entries, Reader, null, TestContext.Current.CancellationToken).Single().Path.ShouldBe("pdf/broken.pdf");
        index.Search("momentum", 10).Single().ShouldBe(new DocumentHit("pdf/paper.pdf", "http://x/pdf/paper.pdf", "On gradients", 2, "Momentum and decay"));
        index.Search("rumel", 10).Single().Page.ShouldBe(2);
        index.Search("\"momentum OR -", 10).ShouldBeEmpty();
        index.Search(" ", 10).ShouldBeEmpty();
        index.Update(entries, Reader, null, TestContext.Current.CancellationToken);
        read.ShouldBe(["paper.pdf", "slides.pptx", "broken.pdf", "broken.pdf"]);
        index.Update([Entry("pdf/paper.pdf", "new"), entries[1]], Reader, null, TestContext.Current.CancellationToken);
        read[^1].ShouldBe("paper.pdf");
        index.Search("momentum", 10).Count.ShouldBe(1);
        index.Update([], Reader, null, TestContext.Current.CancellationToken);
        index.Search("momentum", 10).ShouldBeEmpty();
    }

    static HarvestEntry Entry(string path, string hash) => new($"http://x/{path}", HarvestStatus.Kept) { Path = path, Type = Path.GetExtension(path)[1..], Sha256 = hash };
}
