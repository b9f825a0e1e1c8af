using System.Text;
using CsCheck;

namespace Shoestring.Survey.Tests;

public class NameTests
{
    static readonly FileType pdf = FileType.Of("pdf");

    [Theory]
    [InlineData("slides.pdf", "slides.pdf")]
    [InlineData("SLIDES.PDF", "SLIDES.PDF")]
    [InlineData("../../etc/passwd", "passwd.pdf")]
    [InlineData("..\\..\\boot.ini", "boot.ini.pdf")]
    [InlineData("C:evil.pdf", "C_evil.pdf")]
    [InlineData("..", "file.pdf")]
    [InlineData("", "file.pdf")]
    [InlineData(".pdf", "pdf.pdf")]
    [InlineData("a.pdf...", "a.pdf")]
    [InlineData("a .pdf", "a.pdf")]
    [InlineData("nul\0byte.pdf", "nulbyte.pdf")]
    [InlineData("con.pdf", "_con.pdf")]
    [InlineData("CON.tar.pdf", "_CON.tar.pdf")]
    [InlineData("lpt1", "_lpt1.pdf")]
    [InlineData("a?b*c<d>e|f\"g:h.pdf", "a_b_c_d_e_f_g_h.pdf")]
    [InlineData("gpj\u202Efdp.pdf", "gpjfdp.pdf")]
    [InlineData("cafe\u0301.pdf", "caf\u00E9.pdf")]
    [InlineData("paper", "paper.pdf")]
    public void Names_become_fit_for_every_file_system(string wanted, string expected) => FileNames.Clean(wanted, pdf).ShouldBe(expected);

    [Fact]
    public void Long_names_are_cut_between_characters_and_keep_their_ends()
    {
        string name = FileNames.Clean(new string('é', 400) + ".pdf", pdf, "-12345678");
        Encoding.UTF8.GetByteCount(name).ShouldBeInRange(250, 255);
        name.ShouldEndWith("é-12345678.pdf");
    }

    [Fact]
    public void No_text_leads_out_of_the_folder() => Gen.String[Gen.OneOf(Gen.Char["./\\\0:%~ \u202E\u0301con"], Gen.Char), 0, 300].Sample(text =>
    {
        string name = FileNames.Clean(text, pdf);
        string folder = Path.GetFullPath("some-folder");
        return Path.GetDirectoryName(Path.GetFullPath(Path.Combine(folder, name))) == folder
            && Encoding.UTF8.GetByteCount(name) <= 255 && name.EndsWith(".pdf", StringComparison.OrdinalIgnoreCase)
            && !name.Any(char.IsControl) && name.IndexOfAny(['/', '\\', ':']) < 0 && name.Trim() == name && name[0] != '.';
    });

    [Theory]
    [InlineData("attachment; filename=\"a b.pdf\"", "a b.pdf")]
    [InlineData("attachment; filename=a.pdf; size=5", "a.pdf")]
    [InlineData("attachment;filename*=UTF-8''%e2%82%ac.pdf;filename=x.pdf", "€.pdf")]
    [InlineData("attachment; filename=x.pdf; filename*=utf-8'en'%C3%A9.pdf", "é.pdf")]
    [InlineData("attachment; filename*=ISO-8859-1''%E9.pdf", "é.pdf")]
    [InlineData("inline; filename=\"a\\\"b.pdf\"", "a\"b.pdf")]
    [InlineData("attachment; filename=\"c:\\temp\\a.pdf\"", "c:\\temp\\a.pdf")]
    [InlineData("attachment; filename=\"unclosed.pdf", "unclosed.pdf")]
    [InlineData("attachment; filename=\"\u00C3\u00A9.pdf\"", "é.pdf")]
    [InlineData("attachment; filename=\"a%20b.pdf\"", "a b.pdf")]
    [InlineData("attachment", null)]
    [InlineData("", null)]
    [InlineData("attachment; filename=", null)]
    public void The_servers_name_is_read_as_browsers_read_it(string header, string? expected) => DispositionName.Of(header).ShouldBe(expected);

    [Fact]
    public void Files_of_one_name_are_told_by_their_folder_then_by_their_address()
    {
        using var folder = new TestFolder();
        var plan = new NamePlan(folder.Path);
        static FetchedFile File(string url) => new(
            url, new Uri(url), new Uri(url), pdf, "slides.pdf", 1, "", "", 200, null, null, []);
        plan.Assign(File("http://x/1/slides.pdf"), _ => false).ShouldBe("pdf/slides.pdf");
        plan.Assign(File("http://x/2/slides.pdf"), _ => false).ShouldBe("pdf/slides-2.pdf");
        string third = plan.Assign(File("http://y/2/slides.pdf"), _ => false);
        third.ShouldMatch("^pdf/slides-[0-9a-f]{8}\\.pdf$");
        plan.Assign(File("http://y/2/slides.pdf"), _ => false).ShouldBe(third);
        plan.Assign(File("http://x/1/slides.pdf"), _ => false).ShouldBe("pdf/slides.pdf");
    }

    [Theory]
    [InlineData("")]
    [InlineData("p/df")]
    [InlineData("..")]
    [InlineData("html")]
    [InlineData("con")]
    public void What_is_no_type_is_told(string type) => Should.Throw<Tensors.InputException>(() => FileType.Of(type)).Where.ShouldBe("--types");
}
