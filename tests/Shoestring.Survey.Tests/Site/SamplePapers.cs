using Shoestring.Metering;
using Shoestring.Techniques;

namespace Shoestring.Survey.Tests;

/// <summary>Papers that no source has, for tests: as many as are wanted, the same each time, and some that attack.</summary>
public static class SamplePapers
{
    /// <summary>Text that a page must show and never run.</summary>
    public const string Attack = "</title></script><script>document.title='run'</script><img src=x onerror=\"document.title='run'\">";

    static readonly string[] words = ["Sparse", "Quantized", "Fast", "Low-Rank", "Adaptive", "Attention", "Models", "Inference", "Training", "Memory", "Cache", "Tokens", "Layers", "Experts", "Edge", "Efficient"];
    static readonly string[] venues = ["arXiv", "NeurIPS", "ICML", "ACL", "EMNLP", "ICLR", "Transactions of the ACL"];

    /// <summary>So many papers, numbered from zero.</summary>
    public static IReadOnlyList<Paper> Many(int count) => [.. Enumerable.Range(0, count).Select(One)];

    /// <summary>Papers whose every field attacks.</summary>
    public static IReadOnlyList<Paper> Hostile() =>
    [
        new("arxiv:2401.99999", Attack)
        {
            Authors = [Attack, "O'Brien & <b>Sons</b>"],
            Year = 2024,
            Venue = Attack,
            Abstract = Attack + " **bold** [link](javascript:alert(1)) `code`",
            Url = "javascript:document.title='run'",
            Code = "data:text/html,<script>document.title='run'</script>",
            Arxiv = "2401.99999\"><script>",
            Doi = "10.1/\"onmouseover=\"document.title='run'",
            Homes = [SurveyTree.Quantization],
            Keywords = [Attack],
            Provenance = [new Provenance(Attack, Attack, Attack, Attack)],
        },
        new("../../escape", "\u202Egnp.exe\u2066 right to left \u0000\u0007 and \uD800 half") { Year = 2023, Homes = [SurveyTree.Pruning], Url = "https://user:secret@example.org/" },
        new("index", new string('W', 5000)) { Authors = [.. Enumerable.Repeat(new string('n', 500), 300)], Year = 2022 },
        new("index.html", "*Markdown* _in_ `a` title # of **no** consequence | with a bar") { Year = -7 },
        new("INDEX", "Amp &amp; lt &lt;b&gt; stays what it was") { Abstract = new string('a', 100_000) },
    ];

    static Paper One(int i) => new($"arxiv:{Month(i)}.{i:00000}", $"{Word(i)} {Word(i / 3)} {Word(i / 7)} for Language {Word(i / 11)} Number {i}")
    {
        Authors = [.. Enumerable.Range(0, 1 + (i % 9)).Select(author => $"Ada{author} Müller-{i % 97}")],
        Year = 2017 + (i % 9),
        Venue = venues[i % venues.Length],
        Abstract = string.Join(' ', Enumerable.Range(0, 120).Select(word => Word(i + (word * 5)))) + ".",
        Arxiv = $"{Month(i)}.{i:00000}",
        Url = $"https://arxiv.org/abs/{Month(i)}.{i:00000}",
        Code = i % 3 == 0 ? $"https://example.org/code/{i}" : null,
        Homes = [SurveyTree.Families[i % SurveyTree.Families.Count], .. i % 5 == 0 ? [SurveyTree.Quantization] : Array.Empty<SurveyFamily>()],
        Resources = [(Resource)(i % 5)],
        Provenance = [new Provenance("title", "a list", $"line {i}", "as printed"), new Provenance("year", "a list", null, "2020")],
    };

    static string Month(int i) => $"{17 + (i % 9):00}{1 + (i % 12):00}";

    static string Word(int i) => words[i % words.Length];
}
