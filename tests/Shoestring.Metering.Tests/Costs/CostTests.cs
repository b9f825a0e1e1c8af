namespace Shoestring.Metering.Tests;

public class CostTests
{
    [Fact]
    public void What_nobody_stated_is_unknown_not_zero()
    {
        var cost = new Cost();
        cost.Flops.ShouldBeNull();
        cost.BytesMoved.ShouldBeNull();
        cost.TrackedBytes.ShouldBeNull();
    }

    [Fact]
    public void Totals_add_what_was_stated()
    {
        var cost = new Cost { Operations = new OperationCounts(1, 2, 3, 4), KvCacheBytesMoved = 5, OtherBytesMoved = 6, WeightBytes = 7, OptimizerBytes = 8 };
        cost.Flops.ShouldBe(10);
        cost.BytesMoved.ShouldBe(11);
        cost.TrackedBytes.ShouldBe(15);
    }

    [Fact]
    public void Operations_add_and_scale_by_kind() =>
        ((new OperationCounts(1, 2, 3, 4) + new OperationCounts(10, 20, 30, 40)) * 2).ShouldBe(new OperationCounts(22, 44, 66, 88));
}
