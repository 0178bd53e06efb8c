// What this lab's elements share.
import { LabElement as Base } from '../lab-element';
import type { NetworkInfo } from './net';

export { Atlas, NowAndThen, PerBuild } from '../lab-element';
export abstract class LabElement extends Base<NetworkInfo> {}
