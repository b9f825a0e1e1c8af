using System.Text;
using CsCheck;
using Shoestring.Models;
using Shoestring.Tensors;

namespace Shoestring.Training.Tests;

public class BytePairTrainerTests
{
    static BytePairTrainer Trainer(string text, int size, long least = 2)
    {
        BytePairTrainer trainer = new(new BytePairOptions { VocabularySize = size, LeastCount = least });
        trainer.Add(text);
        return trainer;
    }

    [Fact]
    public void Merges_are_those_of_counting_all_pairs_anew_each_time()
    {
        foreach (string text in (string[])[Trained.Stories, "aaaa aaa aa aaaaaaa", "abababab babab abab", ""])
        {
            Trainer(text, 400).Merges().Made.ShouldBe(Plainly(text, 400, 2));
        }
    }

    [Fact]
    public void Merges_of_random_texts_are_those_of_counting_anew() =>
        Gen.String[Gen.Char["ab c"], 0, 120].Sample(text => Trainer(text, 300).Merges().Made.SequenceEqual(Plainly(text, 300, 2)), iter: 500, threads: 1);

    [Fact]
    public void The_tokenizer_cuts_words_as_training_did()
    {
        BytePairTrainer trainer = Trainer(Trained.Stories, 600);
        Tokenizer tokenizer = Tokenizer.Create(trainer.Train());
        foreach ((byte[] word, int[] pieces) in trainer.Merges().Words)
        {
            tokenizer.Encode(word, addSpecial: false).ShouldBe(pieces, Encoding.UTF8.GetString(word));
        }
    }

    [Fact]
    public void Random_words_are_cut_as_training_did() =>
        Gen.String[Gen.Char["abc"], 1, 200].Sample(
            text =>
            {
                BytePairTrainer trainer = Trainer(text, 300);
                Tokenizer tokenizer = Tokenizer.Create(trainer.Train());
                return trainer.Merges().Words.All(word => tokenizer.Encode(word.Word, addSpecial: false).SequenceEqual(word.Pieces));
            },
            iter: 200, threads: 1);

    [Fact]
    public void The_order_of_the_text_does_not_matter()
    {
        string[] lines = Trained.Stories.Split('\n');
        Vocabulary forth = Train(lines), back = Train([.. lines.Reverse()]);
        Enumerable.Range(0, forth.Pieces.Count).Select(forth.Pieces.Text).ShouldBe(Enumerable.Range(0, back.Pieces.Count).Select(back.Pieces.Text));

        static Vocabulary Train(string[] lines)
        {
            BytePairTrainer trainer = new(new BytePairOptions { VocabularySize = 500 });
            Array.ForEach(lines, trainer.Add);
            return trainer.Train();
        }
    }

    [Fact]
    public void Equal_counts_go_to_the_lowest_ids()
    {
        IReadOnlyList<PieceMerge> made = Trainer("dc\nba\nba\ndc", 300).Merges().Made;
        made[0].ShouldBe(new PieceMerge('b', 'a'));
        made[1].ShouldBe(new PieceMerge('d', 'c'));
        made.Count.ShouldBe(2);
    }

    [Fact]
    public void Every_byte_is_a_piece_and_any_text_comes_back()
    {
        Tokenizer tokenizer = Tokenizer.Create(Trainer(Trained.Stories, 400).Train());
        tokenizer.VocabularySize.ShouldBe(400);
        for (int value = 0; value < 256; value++)
        {
            tokenizer.PieceBytes(value).ToArray().ShouldBe([(byte)value]);
        }
        foreach (string text in (string[])["", " ", "naïve 🦙 中文\r\n\t", "\0\u007f\u00a0\u00ad", Trained.Stories])
        {
            tokenizer.Decode(tokenizer.Encode(text)).ShouldBe(text);
        }
    }

    [Fact]
    public void A_vocabulary_goes_through_GGUF_unchanged()
    {
        Vocabulary written = Trainer(Trained.Stories, 500).Train();
        Vocabulary read = GgufVocabulary.Read(GgufMetadata.Of(ByteLevelVocabulary.ToGguf(written, written.Pieces.Count)), "trained.gguf");
        (read.Bos, read.Eos, read.AddBos, read.PreTokenizer).ShouldBe((499, 499, true, "gpt-2"));
        Tokenizer one = Tokenizer.Create(written), other = Tokenizer.Create(read);
        foreach (string line in Trained.Stories.Split('\n').Append("x<|endoftext|>y 🦙"))
        {
            other.Encode(line).ShouldBe(one.Encode(line));
        }
    }

    [Fact]
    public void More_pieces_take_fewer_tokens()
    {
        int[] counts = [.. ((int[])[257, 300, 400, 600]).Select(size => Tokenizer.Create(Trainer(Trained.Stories, size).Train()).Encode(Trained.Stories).Length)];
        counts.ShouldBe(counts.OrderDescending());
        counts.Distinct().Count().ShouldBe(4);
        counts[^1].ShouldBeLessThan(counts[0] / 3);
    }

    [Fact]
    public void Wrong_wishes_are_input_faults()
    {
        Should.Throw<InputException>(() => new BytePairTrainer(new BytePairOptions { VocabularySize = 256 })).Message.ShouldContain("257 or more");
        Should.Throw<InputException>(() => new BytePairTrainer(new BytePairOptions { PreTokenizer = "none" }));
    }

    /// <summary>Algorithm 1 of Sennrich et al. in plain loops, with the same rule for ties and for pieces that are there already.</summary>
    static List<PieceMerge> Plainly(string text, int size, long least)
    {
        List<int> ends = [];
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        ByteLevelVocabulary.Words("gpt-2")(bytes, ends);
        int start = 0;
        List<int>[] words = [.. ends.Select(end => bytes[start..(start = end)].Select(value => (int)value).ToList())];
        List<string> pieces = [.. Enumerable.Range(0, 256).Select(value => $"{(char)value}")];
        List<PieceMerge> made = [];
        while (pieces.Count < size - 1)
        {
            PieceMerge? best = words.SelectMany(word => word.Zip(word.Skip(1), (left, right) => new PieceMerge(left, right))).GroupBy(pair => pair)
                .Where(group => group.Count() >= least && !pieces.Contains(pieces[group.Key.Left] + pieces[group.Key.Right]))
                .OrderByDescending(group => group.Count()).ThenBy(group => group.Key.Left).ThenBy(group => group.Key.Right)
                .Select(group => (PieceMerge?)group.Key).FirstOrDefault();
            if (best is not { } pair)
            {
                break;
            }
            pieces.Add(pieces[pair.Left] + pieces[pair.Right]);
            made.Add(pair);
            foreach (List<int> word in words)
            {
                for (int i = 0; i + 1 < word.Count; i++)
                {
                    if (word[i] == pair.Left && word[i + 1] == pair.Right)
                    {
                        word[i] = pieces.Count - 1;
                        word.RemoveAt(i + 1);
                    }
                }
            }
        }
        return made;
    }
}
