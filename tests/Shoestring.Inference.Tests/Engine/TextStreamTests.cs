using System.Text;
using CsCheck;
using Shoestring.Models;

namespace Shoestring.Inference.Tests;

/// <summary>Text comes out as it becomes certain: whole characters, and nothing of a stop string.</summary>
public sealed class TextStreamTests(EngineFixture fixture) : IClassFixture<EngineFixture>
{
    Tokenizer Tokenizer => fixture.Model.Tokenizer;

    // Ids 3 … 258 are the bytes.
    static int[] Bytes(string text) => [.. Encoding.UTF8.GetBytes(text).Select(b => 3 + b)];

    (List<string> Pieces, bool Stopped) Feed(string text, params string[] stops)
    {
        TextStream stream = new(Tokenizer, stops);
        List<string> pieces = [];
        foreach (int token in Bytes(text))
        {
            (string piece, bool stopped) = stream.Feed(token);
            pieces.Add(piece);
            if (stopped)
            {
                return (pieces, true);
            }
        }
        pieces.Add(stream.Flush());
        return (pieces, false);
    }

    [Fact]
    public void Characters_are_never_split() => Gen.String[Gen.OneOf(Gen.Char['a', 'z'], Gen.Char['à', 'ö'], Gen.Char['一', '丟']), 0, 30].Sample(text =>
    {
        (List<string> pieces, _) = Feed(text + "😀");
        string.Concat(pieces).ShouldBe(text + "😀");
        pieces.ShouldAllBe(piece => !piece.Contains('\uFFFD'));
        pieces.ShouldAllBe(piece => !char.IsHighSurrogate(piece.LastOrDefault()));
    });

    [Theory]
    [InlineData("one END two", "one ", "END")]
    [InlineData("aaab", "aa", "ab")]
    [InlineData("abababac", "abab", "abac")]
    [InlineData("héllo wörld", "héllo w", "ö")]
    [InlineData("xx first second", "xx ", "second", "first")]
    [InlineData("END", "", "END")]
    public void A_stop_string_over_several_tokens_ends_the_text_before_it(string text, string expected, params string[] stops)
    {
        (List<string> pieces, bool stopped) = Feed(text, stops);
        stopped.ShouldBeTrue();
        string.Concat(pieces).ShouldBe(expected);
    }

    [Theory]
    [InlineData("an EN", "END")]
    [InlineData("EEE", "EEEE")]
    [InlineData("nothing", "END", "STOP")]
    public void What_only_began_like_one_comes_out_at_the_end(string text, params string[] stops)
    {
        (List<string> pieces, bool stopped) = Feed(text, stops);
        stopped.ShouldBeFalse();
        string.Concat(pieces).ShouldBe(text);
    }

    [Fact]
    public void Text_that_may_begin_a_stop_string_is_held_back_and_other_text_is_not() =>
        Feed("aEbEN", "END").Pieces.ShouldBe(["a", "", "Eb", "", "", "EN"]);

    [Fact]
    public void Any_text_ends_where_its_first_stop_string_begins() =>
        Gen.Select(Gen.String[Gen.Char['a', 'c'], 0, 40], Gen.String[Gen.Char['a', 'c'], 1, 4].Array[1, 3]).Sample((text, stops) =>
        {
            (List<string> pieces, bool stopped) = Feed(text, stops);
            // The first to be completed ends the text; of those completed together, the one that begins first.
            int end = Enumerable.Range(1, text.Length).FirstOrDefault(n => stops.Any(s => text.AsSpan(0, n).EndsWith(s)));
            stopped.ShouldBe(end > 0);
            string.Concat(pieces).ShouldBe(end == 0 ? text : text[..stops.Where(s => text.AsSpan(0, end).EndsWith(s)).Min(s => end - s.Length)]);
        });

    [Fact]
    public void A_generation_ends_at_a_stop_string_and_leaves_it_out()
    {
        GenerationRequest request = new([1, 50, 60]) { MaximumTokens = 60, IgnoreEndOfText = true, Sampling = new SamplingOptions { Temperature = 3, TopK = 0, TopP = 1, MinP = 0, Seed = 5 } };
        string whole = string.Concat(fixture.Generate(request).Select(p => p.Text));
        // Its own text from the middle on, two characters that span tokens.
        string stop = whole.Substring(whole.Length / 2, 2);
        GeneratedPiece[] pieces = fixture.Generate(request with { Stop = [stop] });
        pieces[^1].Stop.ShouldBe(StopReason.Stop);
        string.Concat(pieces.Select(p => p.Text)).ShouldBe(whole[..whole.IndexOf(stop, StringComparison.Ordinal)]);
    }
}
