using System.Text;
using System.Text.Unicode;
using Shoestring.LlamaCpp;
using Shoestring.Models;
using Shoestring.Training;

namespace Shoestring.Oracles;

/// <summary>The data of training on real texts, and a vocabulary of our own in llama.cpp.</summary>
public class TrainingDataTests
{
    static SourceDocument[] Read(string corpus, ReaderOptions options)
    {
        BadRecords bad = new(skip: false);
        return [.. DocumentReader.Open(TestData.Find($"corpora/{corpus}"), options, bad).Read()];
    }

    [Theory]
    [InlineData("tinyshakespeare.txt", 2048)]
    [InlineData("wikitext-2.valid.txt", 4096)]
    public void A_trained_vocabulary_has_the_same_ids_in_llama_cpp(string corpus, int size)
    {
        BytePairTrainer trainer = new(new BytePairOptions { VocabularySize = size });
        foreach (SourceDocument document in Read(corpus, new ReaderOptions()))
        {
            trainer.Add(document.Text);
        }
        Vocabulary vocabulary = trainer.Train();
        vocabulary.Pieces.Count.ShouldBe(size);
        string path = Path.GetTempFileName();
        try
        {
            using (GgufFile source = GgufFile.Open(TestData.Find("tokenizers/ggml-vocab-gpt-2.gguf")))
            {
                GgufMetadata metadata = source.Metadata;
                foreach ((string key, GgufValue value) in ByteLevelVocabulary.ToGguf(vocabulary, size))
                {
                    metadata = metadata.With(key, value);
                }
                GgufWriter.Create(path, metadata, []).Commit();
            }
            using LlamaModel peer = LlamaModel.Load(path, vocabularyOnly: true);
            Tokenizer tokenizer = Tokenizer.Create(vocabulary);
            peer.VocabularySize.ShouldBe(size);
            // Stray bytes become U+FFFD, which takes more ids of a small vocabulary than the peer is given room for.
            foreach (byte[] text in Texts.All().Where(text => Utf8.IsValid(text)).Append(File.ReadAllBytes(TestData.Find("corpora/wiki.test.raw"))))
            {
                tokenizer.Encode(text).ShouldBe(peer.Tokenize(text));
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Alpaca_s_thousand_instructions_are_read()
    {
        SourceDocument[] documents = Read("alpaca_data_1k.json", new ReaderOptions());
        documents.Length.ShouldBe(1000);
        documents.ShouldAllBe(document => document.Segments.Count == 2 && document.Segments[1].IsTarget);
        SourceDocument[] chats = Read("alpaca_data_1k.json", new ReaderOptions { Template = ChatTemplate.ByName("zephyr") });
        chats.ShouldAllBe(document => document.Segments.Count(segment => segment.IsTarget) == 1);
        Tokenizer tokenizer = TokenizerFiles.Load(TestData.TinyLlama());
        DocumentEncoder encoder = new(tokenizer);
        for (int i = 0; i < 100; i++)
        {
            EncodedDocument encoded = encoder.Encode(chats[i]);
            int given = Array.IndexOf(encoded.Targets, true);
            // What is given is what the model is prompted with in use, token by token.
            string prompt = string.Concat(chats[i].Segments.TakeWhile(segment => !segment.IsTarget).Select(segment => segment.Text));
            encoded.Tokens[..given].ShouldBe(tokenizer.Encode(prompt)[..given]);
            encoded.Tokens.Count(token => token == tokenizer.Eos).ShouldBe(2);
        }
    }

    [Fact]
    public void A_planted_copy_of_a_speech_is_found_in_a_play()
    {
        SourceDocument[] speeches = Read("tinyshakespeare.txt", new ReaderOptions());
        using TokenStore store = new(new MemoryAccount());
        foreach (SourceDocument speech in speeches.Append(speeches.MaxBy(speech => speech.Text.Length)!))
        {
            store.Add([.. Encoding.UTF8.GetBytes(speech.Text).Select(value => (int)value)]);
        }
        int[] first = ExactDuplicates.FirstEqual(store, store.Documents);
        first[^1].ShouldBe(Array.IndexOf(speeches, speeches.MaxBy(speech => speech.Text.Length)!));
        new NearDuplicates(store, store.Documents, new NearDuplicateOptions()).FirstAlike()[^1].ShouldBe(first[^1]);
        ExactSubstrings.Mark(store, store.Documents)[^1].Cast<bool>().ShouldAllBe(isMarked => isMarked);
        long left = ExactSubstrings.Remove(store, store.Documents).Sum(slice => (long)slice.Count);
        left.ShouldBeInRange((long)(0.9 * store.Tokens), store.Tokens - speeches.Max(speech => Encoding.UTF8.GetByteCount(speech.Text)));
    }
}
