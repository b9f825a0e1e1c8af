using Shoestring.Tensors;

namespace Shoestring.Models.Tests;

/// <summary>A folder with damaged files is converted or refused as the user's fault: nothing else comes out of it.</summary>
public sealed class ConversionFuzzTests : IDisposable
{
    const int Rounds = 250;

    // What damage puts in the place of a byte: digits and signs change numbers, the others the form.
    static readonly byte[] likely = "0123456789-.eE\"{}[],: \\ntf"u8.ToArray();

    readonly SmallFolder folder = new(SmallShape.Find("llama") with { Layers = 1, Width = 32, Heads = 2, KvHeads = 1, HeadChannels = 16, FeedForward = 32 }, TensorFormat.F16);
    ulong state = 20240101;

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("tokenizer_config.json")]
    [InlineData("model.safetensors")]
    public void Damage_is_the_user_s_fault_or_none(string name)
    {
        folder.Config["rope_scaling"] = new Dictionary<string, object?> { ["rope_type"] = "llama3", ["factor"] = 8.0, ["original_max_position_embeddings"] = 64 };
        string path = Path.Combine(folder.Save().Path, name);
        byte[] sound = File.ReadAllBytes(path);
        int converted = 0;
        for (int round = 0; round < Rounds; round++)
        {
            byte[] damaged = Damaged(sound, Math.Min(sound.Length, 4096));
            File.WriteAllBytes(path, damaged);
            converted += Converts() ? 1 : 0;
        }
        converted.ShouldBeLessThan(Rounds, "the damage was seen");
    }

    bool Converts()
    {
        try
        {
            using ConvertedFile file = new(folder.Path);
            return true;
        }
        catch (InputException fault)
        {
            fault.Message.ShouldNotContain("\n");
            return false;
        }
    }

    byte[] Damaged(byte[] sound, int within)
    {
        byte[] bytes = [.. sound];
        for (int changes = 1 + (int)(Next() % 3); changes > 0; changes--)
        {
            int at = (int)(Next() % (ulong)within);
            bytes[at] = Next() % 8 == 0 ? (byte)Next() : likely[Next() % (ulong)likely.Length];
        }
        return Next() % 16 == 0 ? bytes[..(int)(Next() % (ulong)bytes.Length)] : bytes;
    }

    ulong Next() => (state = (state * 6364136223846793005) + 1442695040888963407) >> 33;
}
