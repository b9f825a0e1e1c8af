using System.Text.Json;

namespace Shoestring.Models.Tests;

/// <summary>The default model's vocabulary (1,024 pieces), with ids that llama.cpp gave for its GGUF.</summary>
public class InterimVocabularyTests
{
    static Stream Open(string name) =>
        typeof(InterimVocabularyTests).Assembly.GetManifestResourceStream(name) ?? throw new FileNotFoundException(name);

    [Fact]
    public void Texts_have_the_ids_that_the_oracle_gave()
    {
        using var json = new MemoryStream();
        using (Stream file = Open("interim-tokenizer.json"))
            file.CopyTo(json);
        Tokenizer tokenizer = Tokenizer.Create(HuggingFaceVocabulary.Parse(json.ToArray(), null, null, "interim-tokenizer.json"));
        tokenizer.VocabularySize.ShouldBe(1024);
        using Stream expected = Open("interim-ids.json");
        using JsonDocument cases = JsonDocument.Parse(expected);
        cases.RootElement.GetArrayLength().ShouldBe(8);
        foreach (JsonElement item in cases.RootElement.EnumerateArray())
        {
            string text = item.GetProperty("text").GetString()!;
            int[] ids = [.. item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            tokenizer.Encode(text).ShouldBe(ids, text);
            tokenizer.Decode(ids, special: true).ShouldBe(text);
        }
    }
}
