namespace Shoestring.Models;

/// <summary>
/// BLiMP (Warstadt et al., arXiv 1912.00582): of two sentences that differ in one point of grammar the acceptable one must be the
/// likelier. Whole sentences are scored, after the begin token; each phenomenon (UID) counts alike in the mean.
/// </summary>
sealed class BlimpTask : EvaluationTask
{
    public override string Name => "blimp";

    public override string Shape => """{"sentence_good":"…","sentence_bad":"…","UID":"…"}""";

    public override EvaluationRule Rule => EvaluationRule.LikeliestText;

    public override EvaluationItem Read(ItemFields line, Func<string, string> alter)
    {
        string good = line.Text("sentence_good"), bad = line.Text("sentence_bad");
        (int before, int after) = CommonWords(good, bad);
        string beginning = alter(good[..before]), end = alter(good[(good.Length - after)..]);
        string phenomenon = line.TextOrNull("UID") is { Length: > 0 } named ? named : line.FileName;
        return new EvaluationItem(Names.Printable(phenomenon), new Alternatives(line.Where, [Whole(good), Whole(bad)]), 0);

        Continuation Whole(string sentence) => new("", beginning + sentence[before..(sentence.Length - after)] + end);
    }

    /// <summary>How many characters of whole words both begin with, and end with.</summary>
    internal static (int Before, int After) CommonWords(string one, string other)
    {
        int shorter = Math.Min(one.Length, other.Length), before = 0, after = 0;
        while (before < shorter && one[before] == other[before])
        {
            before++;
        }
        before = before == 0 ? 0 : one.LastIndexOf(' ', before - 1) + 1;
        while (after < shorter - before && one[^(after + 1)] == other[^(after + 1)])
        {
            after++;
        }
        int space = one.IndexOf(' ', one.Length - after);
        return (before, space < 0 ? 0 : one.Length - space);
    }
}
