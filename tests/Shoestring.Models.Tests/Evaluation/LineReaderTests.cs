using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

public sealed class LineReaderTests : IDisposable
{
    readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Theory]
    [InlineData(11)]
    [InlineData(70_000)]
    [InlineData(400_000)]
    public void After_a_line_that_is_too_long_it_goes_on_with_the_next(int length)
    {
        string longLine = new('x', length);
        File.WriteAllText(path, $"\uFEFFone\n{longLine}\n{longLine}\ntwo\n\n{longLine}");
        using LineReader lines = new(path, maximum: 10, cure: "break it");
        List<string> read = [];
        while (true)
        {
            try
            {
                if (!lines.TryRead(out ReadOnlyMemory<byte> line))
                {
                    break;
                }
                read.Add($"{lines.Line} {Encoding.UTF8.GetString(line.Span)}");
            }
            catch (InputException fault)
            {
                fault.Where.ShouldBe($"{path}:{lines.Line}");
                fault.Cure.ShouldBe("break it");
                read.Add($"{lines.Line} too long");
            }
        }
        read.ShouldBe(["1 one", "2 too long", "3 too long", "4 two", "5 ", "6 too long"]);
    }
}
