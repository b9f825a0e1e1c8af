using System.Globalization;
using System.Text;
using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>
/// Damaged tokenizers either work or are refused in one line. Deterministic: case n depends on n alone.
/// SHOESTRING_FUZZ_CASES sets the number of cases.
/// </summary>
public class HostileTokenizerTests
{
    static readonly int Cases = int.Parse(Environment.GetEnvironmentVariable("SHOESTRING_FUZZ_CASES") ?? "3000", CultureInfo.InvariantCulture);

    const string Text = "hello <s>ab c</s> é🦙 12";

    static readonly string[] Values =
    [
        "null", "true", "-1", "0", "4294967295", "1e400", "\"\"", "\"<s>\"", "[]", "{}", "[[[[]]]]", "\"\\ud800\"", "\"\\u0000\"", "{\"type\":\"Sequence\"}", "16777215",
    ];

    [Fact]
    public void Damaged_json() => Run("ab c<s>ab  <x> ab", (random, _) =>
    {
        byte[] json = Encoding.UTF8.GetBytes(Damage(HuggingFaceVocabularyTests.ByteLevel, random));
        for (int i = random.Next(4); i > 1; i--)
            json[random.Next(json.Length)] = (byte)random.Next(256);
        return HuggingFaceVocabulary.Parse(json.AsMemory(0, random.Next(5) == 0 ? random.Next(json.Length) : json.Length), null, null, "fuzz");
    });

    [Fact]
    public void Damaged_records() => Run(Text, (random, number) =>
    {
        Vocabulary good = number % 2 == 0 ? SmallVocabularies.SentencePiece() : SmallVocabularies.ByteLevel("gpt-2", ["h e", "l l", "he ll"]);
        string[] pieces = [.. Enumerable.Range(0, good.Pieces.Count).Select(good.Pieces.Text)];
        for (int i = random.Next(4); i > 0; i--)
            pieces[random.Next(pieces.Length)] = Word(random);
        return good with
        {
            Pieces = PieceList.From(pieces.Take(random.Next(6) == 0 ? random.Next(pieces.Length) : pieces.Length)),
            Types = [.. good.Types.Select(type => random.Next(40) == 0 ? (PieceType)random.Next(256) : type)],
            Scores = [.. good.Scores.Select(score => random.Next(40) == 0 ? BitConverter.Int32BitsToSingle(random.Next()) : score)],
            Merges = random.Next(3) == 0 ? PieceList.From([Word(random) + " " + Word(random), Word(random)]) : good.Merges,
            Kind = random.Next(5) == 0 ? (VocabularyKind)random.Next(4) : good.Kind,
            Bos = random.Next(5) == 0 ? random.Next(-2, 600) : good.Bos,
            Unknown = random.Next(5) == 0 ? null : good.Unknown,
            PreTokenizer = PreTokenizerRule.HandledNames[random.Next(PreTokenizerRule.HandledNames.Count)],
        };
    });

    [Fact]
    public void Damaged_sentencepiece_models() => Run(Text, (random, _) =>
    {
        byte[] model = SmallVocabularies.Protobuf(SmallVocabularies.SentencePiece());
        for (int i = random.Next(6); i >= 0; i--)
            model[random.Next(model.Length)] = (byte)random.Next(256);
        return SentencePieceModel.Parse(model.AsSpan(0, random.Next(4) == 0 ? random.Next(model.Length) : model.Length), "fuzz");
    });

    static void Run(string text, Func<Random, int, Vocabulary> make)
    {
        int refused = 0, used = 0;
        for (int number = 0; number < Cases; number++)
        {
            try
            {
                Use(Tokenizer.Create(make(new Random(number), number)), text, number);
                used++;
            }
            catch (InputException error)
            {
                error.Message.ShouldNotContain("\n");
                refused++;
            }
            catch (Exception error)
            {
                throw new InvalidOperationException($"case {number}", error);
            }
        }
        used.ShouldBePositive();
        refused.ShouldBePositive();
    }

    static void Use(Tokenizer tokenizer, string text, int number)
    {
        int[] ids = tokenizer.Encode(text, addSpecial: number % 3 != 0, parseSpecial: number % 2 == 0);
        ids.ShouldAllBe(id => id >= 0 && id < tokenizer.VocabularySize);
        tokenizer.Decode(ids).ShouldNotBeNull();
    }

    /// <summary>Puts a wrong value, a wrong name or a copy of another part somewhere into the text.</summary>
    static string Damage(string json, Random random)
    {
        int[] places = [.. Enumerable.Range(0, json.Length).Where(i => json[i] is ':' or ',' or '[' or '{')];
        int at = places[random.Next(places.Length)] + 1;
        int end = json.IndexOfAny([',', '}', ']'], at);
        return random.Next(3) switch
        {
            0 => json[..at] + Values[random.Next(Values.Length)] + json[end..],
            1 => json[..at] + json[end..],
            _ => json,
        };
    }

    static string Word(Random random) => random.Next(6) switch
    {
        0 => "",
        1 => new string('a', random.Next(3000)),
        2 => "<0x" + random.Next(256).ToString("x", CultureInfo.InvariantCulture),
        3 => "▁ ▁",
        4 => "</s>",
        _ => ((char)random.Next(1, 0xD800)).ToString(),
    };
}
