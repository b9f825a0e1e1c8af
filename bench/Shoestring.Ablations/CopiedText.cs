using Shoestring.Models;

namespace Shoestring.Ablations;

/// <summary>A text as it may be collected: a tenth of its documents comes nine times more, and of every second copy a word is left out.</summary>
static class CopiedText
{
    const int Copies = 9;
    const double Share = 0.1;
    const ulong Seed = 17;

    /// <summary>The text with copies, each at a random place.</summary>
    /// <param name="text">Documents divided by blank lines.</param>
    public static string Of(string text)
    {
        string[] documents = text.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        IEnumerable<(string Document, double Place)> all = documents.Select((document, i) => (document, (double)i));
        for (int copy = 0; copy < Copies; copy++)
        {
            int number = copy;
            all = all.Concat(documents.Index().Where(one => Draw(one.Index, 0) < Share)
                .Select(one => (number % 2 == 0 ? one.Item : WithoutAWord(one.Item, one.Index, number), documents.Length * Draw(one.Index, 1 + number))));
        }

        return string.Join("\n\n", all.OrderBy(one => one.Place).Select(one => one.Document)) + "\n";
    }

    static double Draw(int document, int use) => CounterRandom.Uniform(Seed, (ulong)document, (ulong)use);

    static string WithoutAWord(string document, int index, int copy)
    {
        string[] words = document.Split(' ');
        int left = (int)(Draw(index, 100 + copy) * words.Length);
        return words.Length < 2 ? document : string.Join(' ', words.Where((_, place) => place != left));
    }
}
