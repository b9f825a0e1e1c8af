using System.Text;
using CsCheck;

namespace Shoestring.Models.Tests;

public class Utf8StreamDecoderTests
{
    [Fact]
    public void A_character_comes_out_whole()
    {
        var decoder = new Utf8StreamDecoder();
        decoder.Feed([0xF0, 0x9F]).ShouldBe("");
        decoder.Feed([0xA6]).ShouldBe("");
        decoder.Feed([0x99, (byte)'!']).ShouldBe("🦙!");
        decoder.Flush().ShouldBe("");
    }

    [Fact]
    public void What_stays_incomplete_is_replaced_at_the_end()
    {
        var decoder = new Utf8StreamDecoder();
        decoder.Feed([(byte)'a', 0xE4, 0xBD]).ShouldBe("a");
        decoder.Flush().ShouldBe("\uFFFD");
        decoder.Feed("b"u8).ShouldBe("b");
    }

    [Fact]
    public void A_stray_byte_is_replaced_at_once() =>
        new Utf8StreamDecoder().Feed([0xFF, (byte)'a']).ShouldBe("\uFFFDa");

    [Fact]
    public void Any_cut_of_any_bytes_gives_the_text_of_the_whole() =>
        Gen.Select(Gen.Byte.Array[0, 60], Gen.Int[1, 5]).Sample((bytes, step) =>
        {
            var decoder = new Utf8StreamDecoder();
            var text = new StringBuilder();
            for (int i = 0; i < bytes.Length; i += step)
            {
                string part = decoder.Feed(bytes.AsSpan(i, Math.Min(step, bytes.Length - i)));
                (part.Length > 0 && char.IsHighSurrogate(part[^1])).ShouldBeFalse();
                text.Append(part);
            }
            text.Append(decoder.Flush());
            text.ToString().ShouldBe(Encoding.UTF8.GetString(bytes));
        }, iter: 2000);
}
