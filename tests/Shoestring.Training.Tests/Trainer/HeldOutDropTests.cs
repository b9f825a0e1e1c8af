namespace Shoestring.Training.Tests;

public class HeldOutDropTests
{
    [Fact]
    public void Texts_of_one_length_have_the_interval_of_a_mean()
    {
        double[] before = [3, 4, 5, 6], after = [2, 2, 4, 5];
        HeldOutDrop drop = HeldOutDrop.Of(before, after, [1, 1, 1, 1])!.Value;
        drop.Mean.ShouldBe(1.25, 1e-12);
        // Differences 1, 2, 1, 1: the deviation is 0.5, and the mean's half of it.
        drop.HalfWidth.ShouldBe(1.959964 * 0.25, 1e-9);
        drop.Texts.ShouldBe(4);
    }

    [Fact]
    public void Long_texts_weigh_as_their_tokens_do() =>
        HeldOutDrop.Of([10, 1], [8, 1], [10, 5])!.Value.Mean.ShouldBe(2.0 / 15, 1e-12);

    [Fact]
    public void An_even_drop_of_every_token_has_no_width() =>
        HeldOutDrop.Of([10, 5], [9, 4.5], [10, 5])!.Value.HalfWidth.ShouldBe(0, 1e-12);

    [Fact]
    public void One_text_or_none_has_no_interval()
    {
        HeldOutDrop.Of([1], [0.5], [1]).ShouldBeNull();
        HeldOutDrop.Of([], [1, 2], [1, 1]).ShouldBeNull();
        HeldOutDrop.Of([1, 1], [1, 0], [1, 0]).ShouldBeNull();
    }
}
