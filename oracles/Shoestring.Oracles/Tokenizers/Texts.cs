using System.Text;

namespace Shoestring.Oracles;

/// <summary>Texts that tokenizers are compared on: lines of the corpora, and a deterministic soup of scripts, marks and stray bytes.</summary>
static class Texts
{
    static readonly string[] Pools =
    [
        "abcdefghij XYZ  ", "0123456789", "'''sStTrReEvVmMlLdD ", "  \t\n\r\r\n\v\f\u0085\u00a0\u2003\u3000\u2028", "!?.,;:-_/\\()[]{}<>|~`@#$%^&*+=\"",
        "éüñßàçøŠž", "αβγδεжзийкнещоБългарски", "你好世界我想在中文日本語ひらがなカタカナ한국어", "🚀😶🌫️✅🦙😁👨👩👧🇩🇪\u200d", "កាន់តែពិសេសअनुच्छेदবাংলা",
        "𝔘𝔫𝔦𝔠𝔬𝔡𝔢𝟘𝟙𐐀𐐨𠀀𠮷𓀀", "①②③½¾²³ⅫⅣ٠١٢๑๒", "\u0301\u0300\u0308\u200d\u200b\ufeff\u00ad", "<s></s><unk><|im_start|><|endoftext|><|eot_id|><0x0A>", "\u0001\u001f\u007f\ue000\ufffd",
    ];

    public static IEnumerable<byte[]> All()
    {
        foreach (string file in (string[])["tinyshakespeare.txt", "wiki.test.raw", "TinyStories-valid.part30k.txt", "alpaca_data_1k.json"])
        {
            foreach (string line in File.ReadLines(TestData.Find($"corpora/{file}")).Take(200))
                yield return Encoding.UTF8.GetBytes(line);
        }
        for (int number = 0; number < 2000; number++)
            yield return Soup(new Random(number));
    }

    static byte[] Soup(Random random)
    {
        var text = new StringBuilder();
        string[] pools = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => Pools[random.Next(Pools.Length)])];
        for (int i = random.Next(1, 60); i > 0; i--)
        {
            Rune[] pool = [.. pools[random.Next(pools.Length)].EnumerateRunes()];
            text.Append(pool[random.Next(pool.Length)]);
        }
        byte[] bytes = Encoding.UTF8.GetBytes(text.ToString());
        // A byte from F4 up would make a code point beyond U+10FFFF of its neighbours, at which llama.cpp aborts.
        for (int i = random.Next(4) == 0 ? 1 : 0; i > 0; i--)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(0xF4);
        return bytes;
    }
}
